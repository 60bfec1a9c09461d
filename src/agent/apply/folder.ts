import { once } from 'node:events';
import { access, constants, mkdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { AppError, messageOf, systemCodeOf } from '../../core/errors.ts';

/**
 * Makes the folder of HAProxy's files, and makes sure that no other agent keeps it, since two would undo each other's changes:
 * whoever answers at a socket in the folder has it. The socket of an agent that was killed is taken over.
 * @throws AppError FOLDER_UNUSABLE
 */
export async function holdFolder(dir: string): Promise<AsyncDisposable> {
  await makeFolder(dir);
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

/** Makes a folder, unless it is there, and makes sure that it can be written. */
async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await access(dir, constants.W_OK);
  } catch (cause) {
    const advice = 'Set haproxy.dir to a folder that this user may make and write.';
    throw new AppError('FOLDER_UNUSABLE', `${dir} cannot be used: ${messageOf(cause)}. ${advice}`, { cause });
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
