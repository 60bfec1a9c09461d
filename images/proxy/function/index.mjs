export async function handler({ rawPath }) {
  return { statusCode: 200, body: `${process.env.FUNCTION_NAME} was asked for ${rawPath}\n` };
}
