package manual

import (
	"fmt"
	"strings"
	"time"
)

// Pages are the manual pages of the program and its commands, in the form of man(7), by file name.
func (p Program) Pages() map[string]string {
	pages := map[string]string{p.Name + ".1": p.page()}
	for _, c := range p.Commands {
		pages[p.Name+"-"+c.Name+".1"] = p.commandPage(c)
	}
	return pages
}

func (p Program) head(title, usage string) string {
	version, _, _ := strings.Cut(p.Version, ",")
	return fmt.Sprintf(".TH %s 1 %s %s\n.SH NAME\n%s \\- %s\n", quoted(strings.ToUpper(title)), time.Now().Format("2006-01-02"), quoted(version), roff(title), roff(usage))
}

func (p Program) page() string {
	var b strings.Builder
	b.WriteString(p.head(p.Name, p.Usage))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\nCOMMAND [flags] [arguments]\n.SH COMMANDS\n", roff(p.Name))
	group := ""
	for _, c := range p.Commands {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, ".SS %s\n", quoted(group))
		}
		fmt.Fprintf(&b, ".TP\n.BR %s\\-%s (1)\n%s\n", roff(p.Name), roff(c.Name), running(c.Usage))
	}
	manExamples(&b, p.Examples)
	fmt.Fprintf(&b, ".SH \"EXIT STATUS\"\n%s\n", running(ExitStatuses))
	return b.String()
}

func (p Program) commandPage(c Command) string {
	var b strings.Builder
	b.WriteString(p.head(p.Name+"-"+c.Name, c.Usage))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s %s\n%s\n", roff(p.Name), roff(c.Name), roff(strings.TrimSpace("[flags] "+c.Args)))
	if c.Description != "" {
		b.WriteString(".SH DESCRIPTION\n")
		for i, paragraph := range strings.Split(c.Description, "\n\n") {
			if i > 0 {
				b.WriteString(".PP\n")
			}
			b.WriteString(lines(paragraph))
		}
	}
	if len(c.Groups) > 0 {
		b.WriteString(".SH OPTIONS\n")
	}
	for _, g := range c.Groups {
		fmt.Fprintf(&b, ".SS %s\n", quoted(g.Name))
		for _, f := range g.Flags {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(f.usage()), running(f.text()))
		}
	}
	manExamples(&b, c.Examples)
	fmt.Fprintf(&b, ".SH \"EXIT STATUS\"\n%s\n.SH \"SEE ALSO\"\n.BR %s (1)\n", running(ExitStatuses), roff(p.Name))
	return b.String()
}

// lines keeps the lines of a list, which are indented, and fills the others.
func lines(paragraph string) string {
	var b strings.Builder
	list := false
	for _, line := range strings.Split(paragraph, "\n") {
		indented := strings.HasPrefix(line, "  ")
		if indented != list {
			if list = indented; list {
				b.WriteString(".RS\n.nf\n")
			} else {
				b.WriteString(".fi\n.RE\n")
			}
		}
		if indented {
			b.WriteString(roff(line[2:]) + "\n")
		} else {
			b.WriteString(running(line) + "\n")
		}
	}
	if list {
		b.WriteString(".fi\n.RE\n")
	}
	return b.String()
}

func manExamples(b *strings.Builder, list []string) {
	if len(list) == 0 {
		return
	}
	b.WriteString(".SH EXAMPLES\n.nf\n")
	for _, line := range list {
		b.WriteString(roff(line) + "\n")
	}
	b.WriteString(".fi\n")
}

// running is a text that is filled, in short lines.
func running(text string) string {
	parts := wrap(text, 70)
	for i := range parts {
		parts[i] = roff(parts[i])
	}
	return strings.Join(parts, "\n")
}

var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// roff writes a line of text; a dot at its start would be a request.
func roff(text string) string {
	text = roffEscapes.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

func quoted(text string) string { return `"` + strings.ReplaceAll(roff(text), `"`, `\(dq`) + `"` }
