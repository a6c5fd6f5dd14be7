// Loaded before every program of this package (node --import). It uses nothing newer than Node 12.
const majorMin = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < majorMin) {
  process.stderr.write(
    `Probity needs Node ${majorMin} or later and was started with ${process.versions.node}. ` +
      'On Linux x64 and arm64 `npm ci` installs the right one and `npm run …` uses it; ' +
      'elsewhere install Node 24 and try again.\n',
  );
  process.exit(1);
}
