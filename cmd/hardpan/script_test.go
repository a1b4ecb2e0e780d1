package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script run the real program as a process of its own,
// against real servers.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hardpan": main, "call": call})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready,
			"grab":  grab,
		},
	})
}

// ready FOLDER waits until the server with that data folder takes calls.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready FOLDER")
	}
	_, err := waitReady(context.Background(), ts.MkAbs(args[0]), nil)
	ts.Check(err)
}

// grab NAME PATTERN sets a variable to the first group of PATTERN in what the
// last command printed.
func grab(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: grab NAME PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("no %s in what was printed", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// call stands in for AWS's clients, of which none is needed to test this
// program. It finds server and credentials as hardpan does.
//
//	call converse MODEL    says hello; with $AWS_BEARER_TOKEN_BEDROCK by that key
//	call user NAME POLICY  makes a user with one inline policy, read from a file,
//	                       and prints the exports of an access key
//	call session NAME POLICY KEY=VALUE
//	                       signs NAME in to a role with that policy and that session tag
//	call gateway NAME      makes an open tool gateway with a role that may do nothing
//	call engine NAME       makes a policy engine
func call() {
	p := &program{environ: os.Environ()}
	if err := p.call(context.Background(), os.Args[1:]); err != nil {
		if no, ok := refused(err); ok && no.decision != "" {
			fmt.Println("decision " + no.decision)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (p *program) call(ctx context.Context, args []string) error {
	c, err := p.connect(ctx, place{})
	switch {
	case err != nil:
		return err
	case len(args) == 2 && args[0] == "converse":
		said, err := c.models(p.getenv(bearerVariable)).converse(ctx, args[1], hello)
		fmt.Println(said)
		return err
	case len(args) == 3 && args[0] == "user":
		return c.makeUser(ctx, args[1], args[2])
	case len(args) == 4 && args[0] == "session":
		return c.session(ctx, args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "gateway":
		return c.makeGateway(ctx, args[1])
	case len(args) == 2 && args[0] == "engine":
		return c.makeEngine(ctx, args[1])
	}
	return fmt.Errorf("usage: call gateway NAME | call engine NAME | call converse MODEL | call user NAME POLICY | call session NAME POLICY KEY=VALUE, and not %q", args)
}

func (c *client) makeUser(ctx context.Context, name, policyFile string) error {
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	if _, err := c.iam().CreateUser(ctx, &iam.CreateUserInput{UserName: &name}); err != nil {
		return err
	}
	_, err = c.iam().PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("own"), PolicyDocument: aws.String(string(text))})
	if err != nil {
		return err
	}
	key, err := c.iam().CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		return err
	}
	fmt.Printf("id %s\nsecret %s\n", *key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey)
	return nil
}

// Whoever calls a command wrongly gets status 2 and is sent to its help, before
// anything happens.
func TestUsageErrors(t *testing.T) {
	for _, line := range []string{
		"bogus", "key bogus", "key create extra --region us-west-2", "key create", "key create --region nowhere-1",
		"key create --region us-west-2 --expires tomorrow", "key list extra", "key reset", "key revoke", "key revoke a b",
		"profile bogus", "profile create --model x --tag y", "profile delete", "profile list extra", "whoami extra",
		"why", "why a b", "why a --last", "why a --principal arn", "why a --output xml", "doctor a b", "gateway replay", "gateway replay a --since soon", "gateway replay a --policies b --engine c", "env extra", "env --shell cmd", "env --nope",
		"version extra", "health extra", "man", "man a b", "demo extra", "demo --story 9", "demo --story one", "--nope",
	} {
		t.Run(line, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(t.Context(), append([]string{"hardpan"}, strings.Fields(line)...), nil, streams{out: &out, err: &errs})
			if code != exitUsage {
				t.Errorf("status %d, want %d", code, exitUsage)
			}
			if said := errs.String(); !strings.HasPrefix(said, "hardpan: ") || !strings.Contains(said, "--help\n") || out.Len() > 0 {
				t.Errorf("printed %q and complained %q", out.String(), said)
			}
		})
	}
}

// Each command says what it is for, and shows how it is used.
func TestEveryCommandHasHelp(t *testing.T) {
	root := newRoot(&program{})
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for commands := root.Commands(); len(commands) > 0; {
		cmd := commands[0]
		commands = append(commands[1:], cmd.Commands()...)
		if cmd.Name() == "help" || cmd.Name() == "completion" || cmd.Parent().Name() == "completion" {
			continue // they are cobra's own
		}
		if cmd.Short == "" || cmd.Example == "" {
			t.Errorf("%s has no word about itself, or no example", cmd.CommandPath())
		}
		for line := range strings.SplitSeq(cmd.Long+"\n"+cmd.Example, "\n") {
			if len([]rune(line)) > pageWidth {
				t.Errorf("%s: the help has a line of more than %d columns: %s", cmd.CommandPath(), pageWidth, line)
			}
		}
	}
}
