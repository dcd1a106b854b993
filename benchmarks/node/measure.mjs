// CPU time of this process, user and system, in seconds.
export function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function report(seconds, items) {
  console.log(JSON.stringify({ seconds: seconds / items }));
}

export function expectEqual(got, expected) {
  if (got !== expected) throw new Error(`counted ${got}, expected ${expected}`);
}
