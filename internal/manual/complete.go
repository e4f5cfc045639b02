package manual

import (
	"fmt"
	"strings"
)

// Completion is a script with which a shell (bash, zsh or fish) completes commands, flags and their values.
func (p Program) Completion(shell string) (string, error) {
	switch shell {
	case "bash":
		return p.bash(), nil
	case "zsh":
		return p.zsh(), nil
	case "fish":
		return p.fish(), nil
	}
	return "", fmt.Errorf("no completion for %q: expected bash, zsh or fish", shell)
}

func (p Program) names() string {
	var names []string
	for _, c := range p.Commands {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

func (p Program) bash() string {
	var flags, values strings.Builder
	for _, c := range p.Commands {
		words := []string{"--help"}
		for _, f := range c.Flags() {
			words = append(words, "--"+f.Name)
			if len(f.Choices) > 0 {
				fmt.Fprintf(&values, "    %s:--%s) words='%s' ;;\n", c.Name, f.Name, strings.Join(f.Choices, " "))
			} else if f.Value != "" && !f.Path {
				fmt.Fprintf(&values, "    %s:--%s) return ;;\n", c.Name, f.Name)
			} else if f.Path {
				fmt.Fprintf(&values, "    %s:--%s) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", c.Name, f.Name)
			}
		}
		fmt.Fprintf(&flags, "      %s) words='%s' ;;\n", c.Name, strings.Join(words, " "))
	}
	return fmt.Sprintf(`# bash completion of %[1]s: source it, or keep it in ~/.local/share/bash-completion/completions/%[1]s
_%[1]s() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '%[2]s --help --version' -- "$word"))
    return
  fi
  case ${COMP_WORDS[1]}:$before in
%[3]s    *)
    case $word in
    -*)
      case ${COMP_WORDS[1]} in
%[4]s      esac ;;
    *) COMPREPLY=($(compgen -f -- "$word")); return ;;
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o filenames -F _%[1]s %[1]s
`, p.Name, p.names(), values.String(), flags.String())
}

// zshQuote is a word in single quotes, of _arguments' form if special is set.
func zshQuote(text string, special bool) string {
	if special {
		text = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(text)
	}
	return strings.ReplaceAll(text, "'", `'\''`)
}

func (p Program) zsh() string {
	var commands, cases strings.Builder
	for _, c := range p.Commands {
		fmt.Fprintf(&commands, "    '%s:%s'\n", c.Name, zshQuote(c.Usage, false))
		fmt.Fprintf(&cases, "  %s) _arguments '--help[show help]'", c.Name)
		for _, f := range c.Flags() {
			value := ""
			switch {
			case len(f.Choices) > 0:
				value = ":" + f.Name + ":(" + strings.Join(f.Choices, " ") + ")"
			case f.Path:
				value = ":" + f.Name + ":_files"
			case f.Value != "":
				value = ":" + f.Name + ": "
			}
			fmt.Fprintf(&cases, " \\\n    '--%s[%s]%s'", f.Name, zshQuote(f.Help, true), zshQuote(value, false))
		}
		cases.WriteString(" '*:file:_files' ;;\n")
	}
	return fmt.Sprintf(`#compdef %[1]s
# zsh completion of %[1]s: keep it as _%[1]s in a folder of fpath, before compinit
_%[1]s() {
  local -a commands
  commands=(
%[2]s  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
%[3]s  esac
}
if [ "$funcstack[1]" = "_%[1]s" ]; then
  _%[1]s "$@"
else
  compdef _%[1]s %[1]s
fi
`, p.Name, commands.String(), cases.String())
}

func (p Program) fish() string {
	quote := func(text string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion of %[1]s: keep it in ~/.config/fish/completions/%[1]s.fish\n", p.Name)
	for _, c := range p.Commands {
		fmt.Fprintf(&b, "complete -c %s -n __fish_use_subcommand -f -a %s -d %s\n", p.Name, c.Name, quote(c.Usage))
		for _, f := range c.Flags() {
			fmt.Fprintf(&b, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s -d %s", p.Name, c.Name, f.Name, quote(f.Help))
			switch {
			case len(f.Choices) > 0:
				fmt.Fprintf(&b, " -x -a %s", quote(strings.Join(f.Choices, " ")))
			case f.Path:
				b.WriteString(" -r -F")
			case f.Value != "":
				b.WriteString(" -x")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
