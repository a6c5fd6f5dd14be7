const width = 78;

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function title(text: string): void {
  say();
  say(`── ${text} ${'─'.repeat(Math.max(0, width - text.length))}`);
}
