package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// storyTeller plays one story and reports whether all of it went as it should.
type storyTeller func(context.Context, *stage) bool

// stories are those that exist, by number.
var stories = map[int]storyTeller{1: playStory1, 2: playStory2, 3: playStory3}

const lastStory = 3

func newDemo(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "start a server, play the stories against it, and say what happened",
		Long: `Starts a server of its own on a free port, with an empty data folder, and plays
the stories that Hardpan exists for against it: real calls over HTTP, signed by
AWS's SDK, and an MCP client's. Each step shows what one would type, the answer,
and for a denial its explanation. Nothing outside a temporary folder is touched.

It ends with status 0 only if every step went as the story says.`,
		Example: `  hardpan demo
  hardpan demo --story 1 --keep
  NO_COLOR=1 hardpan demo > story.txt`,
		Args: args(cobra.NoArgs),
	}
	story := cmd.Flags().Int("story", 0, "only this one")
	keep := cmd.Flags().Bool("keep", false, "leave the data folder, to start a server on it and look around")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("story") && stories[*story] == nil {
			return usage(cmd, "--story: there is no story %d; there are 1, 2 and 3", *story)
		}
		return p.demo(cmd.Context(), *story, *keep)
	}
	return cmd
}

// demo plays one story, or all of them if it is 0.
func (p *program) demo(ctx context.Context, story int, keep bool) (err error) {
	// Whoever reads may stop reading (hardpan demo | head): the server and its
	// folder must go all the same, so a broken pipe is no reason to die.
	signal.Ignore(syscall.SIGPIPE)
	folder, err := os.MkdirTemp("", "hardpan-demo-")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer func() {
		if !keep {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	server, err := p.startServer(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	st := p.stylesFor(p.out)
	st.printf("%s %s\n", st.bold.Render("A server of its own"), st.faint.Render("answers at "+server.endpoint+", ready after "+server.ready.String()))
	asItShould := true
	for number := 1; number <= lastStory; number++ {
		if story == 0 || story == number {
			asItShould = stories[number](ctx, &stage{st: st, program: p, server: server}) && asItShould
		}
	}
	if keep {
		st.printf("\nThe data folder stays. To look around:\n")
		st.block(2, st.value, "hardpan serve --data-dir "+folder)
	}
	if ctx.Err() != nil {
		return failed("", "the demo was interrupted")
	}
	if !asItShould {
		return failed("the steps marked with ✗ say what was expected and what came; the server said last:\n"+server.said.String(),
			"the demo did not go as the story says")
	}
	return nil
}

// stage is where a story is played: it prints the steps and keeps count.
type stage struct {
	*program
	st     *styles
	server *ownServer

	steps, wrong int
}

// open prints a story's title.
func (s *stage) open(title string) {
	s.st.printf("\n%s\n%s\n", s.st.title.Render(title), s.st.faint.Render(strings.Repeat("─", pageWidth)))
}

// step is one thing that happens in a story.
type step struct {
	title    string
	play     func(context.Context) error
	commands []string // what a person would type
}

// play prints and does one step, and reports whether it went as it should.
func (s *stage) play(ctx context.Context, next step) bool {
	s.steps++
	s.st.printf("\n%s  %s\n", s.st.title.Render(fmt.Sprintf("%2d", s.steps)), s.st.bold.Render(next.title))
	for _, command := range next.commands {
		s.command(command)
	}
	err := next.play(ctx)
	if err == nil {
		return true
	}
	s.wrong++
	for i, line := range strings.Split(err.Error(), "\n") {
		s.st.hanging(map[bool]string{true: "    " + s.st.mark(false) + " ", false: "      "}[i == 0], s.st.bad, line)
	}
	return false
}

// command prints what a person would type, which may have several lines.
func (s *stage) command(text string) {
	lead := "    " + s.st.faint.Render("$") + " "
	for line := range strings.SplitSeq(text, "\n") {
		s.st.printf("%s%s\n", lead, s.st.value.Render(line))
		lead = "      "
	}
}

// answer prints what came back, in short.
func (s *stage) answer(text string) { s.st.paragraph(6, s.st.faint, text) }

// right prints what was checked and found as it should be.
func (s *stage) right(text string) { s.st.hanging("    "+s.st.mark(true)+" ", s.st.good, text) }

// close prints the sum and reports whether all went as it should.
func (s *stage) close() bool {
	if s.wrong == 0 {
		s.st.printf("\n%s %s\n", s.st.mark(true), s.st.bold.Render(fmt.Sprintf("all %d steps went as the story says", s.steps)))
		return true
	}
	s.st.printf("\n%s %s\n", s.st.mark(false), s.st.bold.Render(fmt.Sprintf("%d of %d steps did not go as the story says", s.wrong, s.steps)))
	return false
}

// unlike is the error of an answer that the story has otherwise.
func unlike(what, want, got string) error {
	return fmt.Errorf("%s is not as the story says\nexpected: %s\ncame:     %s", what, want, got)
}
