import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { AppError, messageOf, systemCodeOf } from '../core/errors.ts';

/**
 * Makes sure that no other agent keeps the HAProxy of a folder, since two would undo each other's changes: whoever answers at
 * a socket in the folder has it. The socket of an agent that was killed is taken over.
 * @throws AppError FOLDER_UNUSABLE
 */
export async function holdFolder(dir: string): Promise<AsyncDisposable> {
  const path = `${dir}/agent.sock`;
  try {
    const server = await listenAlone(path);
    return {
      [Symbol.asyncDispose]: async () => {
        await once(server.close(), 'close');
      },
    };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const message = `${dir} cannot be used: ${messageOf(cause)}. Set haproxy.dir to a folder that this user may write.`;
    throw new AppError('FOLDER_UNUSABLE', message, { cause });
  }
}

async function listenAlone(path: string): Promise<Server> {
  try {
    return await listenAt(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EADDRINUSE') throw error;
    if (await isAnswered(path)) {
      const message = `Another agent runs with this folder: it answers at ${path}. End it, or set another haproxy.dir.`;
      throw new AppError('FOLDER_UNUSABLE', message);
    }
    await unlink(path);
    return listenAt(path);
  }
}

async function listenAt(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  return server.unref();
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
