/**
 * The last net under a host: an error that nobody caught is told, and the host goes on, since what it knows lies in the
 * transactions of the library and a callback that failed has left nothing half done. The same where the readers of its
 * output are gone. `report` must not throw. Returns what takes the net away.
 */
export function keepRunning(report: (error: unknown, where: string) => void): () => void {
  const uncaught = (error: unknown): void => report(error, 'uncaught');
  const ignore = (): void => undefined;
  process.on('uncaughtException', uncaught).on('unhandledRejection', uncaught);
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  return () => {
    process.off('uncaughtException', uncaught).off('unhandledRejection', uncaught);
    process.stdout.off('error', ignore);
    process.stderr.off('error', ignore);
  };
}
