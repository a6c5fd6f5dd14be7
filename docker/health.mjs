// The container's health check: exits 0 while this process can serve, 1 otherwise.
const port = process.env.PORT ?? '3000';
const limitMilliseconds = 2_500;
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/health/ready`, {
    signal: AbortSignal.timeout(limitMilliseconds),
  });
  process.exit(ok ? 0 : 1);
} catch {
  process.exit(1);
}
