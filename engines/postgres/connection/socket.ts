/** The socket of a session, which connects to the address's `hostaddr` where the driver would look up the host. */
import { Socket } from 'node:net';
import type { Server } from './connection.ts';

/** A socket for the driver. Connects to the IP address if there is one, instead of the host. */
export function socketTo({ port, address }: Server): Socket {
  const socket = new Socket();
  if (address === undefined) return socket;
  const connect = socket.connect.bind(socket);
  socket.connect = () => connect({ host: address, port });
  return socket;
}
