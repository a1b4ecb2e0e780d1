// Command bench measures the figures that Hardpan promises and prints one line
// each: name value unit (target …) ok|MISSED. It exits 1 if one was missed.
//
// A figure is measured beside what it is compared with, in the same run, so that a
// slow or busy machine shifts both. A subject is a file in this folder with a
// function that returns its figures, and a line in the table below. This package
// may import anything but cmd/hardpan, and nothing imports it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

// subjects are measured in this order, one at a time: two at once would measure
// each other.
var subjects = []Subject{
	{"decision", evaluator},
	{"engine", engine},
	{"profiles", profiles},
	{"process", process},
	{"ledger", ledgerPath},
	{"books", books},
	{"pass-through", passThrough},
	{"through-profile", throughProfile},
	{"translation", translation},
	{"tools", tools},
	{"gateway", gateways},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if role := os.Getenv(roleEnv); role != "" {
		if err := play(role); err != nil {
			fmt.Fprintf(os.Stderr, "bench %s: %v\n", role, err)
			os.Exit(2)
		}
		return
	}
	missed, err := Run(ctx, os.Stdout, subjects, os.Args[1:])
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case missed > 0:
		fmt.Fprintf(os.Stderr, "bench: %d missed\n", missed)
		os.Exit(1)
	}
}
