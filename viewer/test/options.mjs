/** Options of the command line, and a tally of named checks. */

/** `--name value` → value. */
export function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
}

/** The address under test, with its slash at the end; ends the program with a usage line when it is missing. */
export function requiredUrl(usage) {
  const url = option('url');
  if (!url) {
    console.error(`usage: ${usage}`);
    process.exit(2);
  }
  return url.endsWith('/') ? url : `${url}/`;
}

/** Runs checks one after the other; a check fails by throwing. */
export function createTally() {
  let [passed, failed] = [0, 0];
  return {
    async check(name, work) {
      try {
        await work();
        passed++;
        console.log(`ok   ${name}`);
      } catch (error) {
        failed++;
        console.log(
          `FAIL ${name}\n     ${String(error.stack ?? error)
            .split('\n')
            .slice(0, 12)
            .join('\n     ')}`,
        );
      }
    },
    /** Prints the last line and sets the exit status. */
    finish() {
      console.log(`${passed} passed, ${failed} failed`);
      process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
    },
  };
}
