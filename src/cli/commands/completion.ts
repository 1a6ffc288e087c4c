/** `setpoint completion bash|zsh|fish`: shell completion, made from the command tree itself. */
import type { Command as Tree } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Node {
  /** `key create`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly string[];
}

export function completionScript(program: Tree, shell: Shell): string {
  const nodes = walk(program, '');
  switch (shell) {
    case 'bash':
      return bash(nodes);
    case 'zsh':
      return `#compdef setpoint\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`;
    default:
      return fish(nodes);
  }
}

function walk(tree: Tree, path: string): Node[] {
  const commands = tree.commands.map((command) => command.name());
  const options = tree.options.map((option) => option.long ?? option.short ?? '');
  const below = tree.commands.flatMap((command) => walk(command, `${path} ${command.name()}`.trim()));
  return [{ path, words: [...commands, ...options, '--help'] }, ...below];
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`);
  return `_setpoint() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases.map((line) => `  ${line}`).join('\n')}
      *) path="\${path% *}"; continue ;;
    esac
    break
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _setpoint setpoint
`;
}

function fish(nodes: readonly Node[]): string {
  return nodes
    .flatMap(({ path, words }) => {
      const seen = path
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => `__fish_seen_subcommand_from ${word}`);
      const condition = seen.length === 0 ? '__fish_use_subcommand' : seen.join('; and ');
      const plain = words.filter((word) => !word.startsWith('-'));
      const long = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
      return [
        ...(plain.length === 0 ? [] : [`complete -c setpoint -f -n '${condition}' -a '${plain.join(' ')}'`]),
        ...long.map((word) => `complete -c setpoint -f -n '${condition}' -l ${word}`),
      ];
    })
    .join('\n')
    .concat('\n');
}
