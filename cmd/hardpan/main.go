// Command hardpan is the whole program: the server, and the commands of those
// who run it or use it.
//
// There is a file for each subcommand. A subcommand speaks to a server as any
// AWS client does, by signed requests over HTTP (client.go): nothing here knows
// how a call is decided, where anything is stored, or how the wire looks. Only
// the db commands (db.go) reach the database themselves, since they are for
// times when no server runs.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// What the program was built from, set by the linker: -X main.version=v1.2.3. The
// date is the revision's, so that one revision makes one program.
var version, revision, date string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args, os.Environ(), streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// streams are where a command reads and prints. Colours are used where out or
// err is a terminal.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// program is the world as every subcommand is given it.
type program struct {
	streams
	environ []string // NAME=value
}

// lookup returns the value of an environment variable, and whether it is set.
func (p *program) lookup(name string) (value string, set bool) {
	for _, entry := range p.environ {
		if n, v, _ := strings.Cut(entry, "="); n == name {
			value, set = v, true
		}
	}
	return value, set
}

// getenv returns the value of an environment variable, or "".
func (p *program) getenv(name string) string {
	value, _ := p.lookup(name)
	return value
}

// run is the program without its process: it returns the exit code, 0, 1 for
// what failed or 2 for what was called wrongly.
func run(ctx context.Context, args, environ []string, s streams) int {
	p := &program{streams: s, environ: environ}
	root := newRoot(p)
	root.SetArgs(args[1:])
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return 0
	case errors.Is(err, errNo): // which was the answer, and is printed
		return exitFailed
	default:
		return p.report(err)
	}
}
