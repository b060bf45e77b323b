/** The socket of a session, connected to where the address says rather than to where the driver would look. */
import { Socket } from 'node:net';
import type { Server } from './connection.ts';

/** A socket that the driver connects; to the IP address where one is given, whatever the host is called. */
export function socketTo({ port, address }: Server): Socket {
  const socket = new Socket();
  if (address === undefined) return socket;
  const connect = socket.connect.bind(socket);
  socket.connect = () => connect({ host: address, port });
  return socket;
}
