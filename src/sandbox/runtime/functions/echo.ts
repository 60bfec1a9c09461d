import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** Answers with what it was asked, and sets two cookies. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    cookies: ['visited=yes; Path=/', 'theme=dark; Path=/; HttpOnly'],
    body: JSON.stringify(event),
  };
}
