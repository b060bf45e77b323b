/** CPU time of this process, in ms. Unlike the time of a clock, it does not grow while other processes use the machine. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
