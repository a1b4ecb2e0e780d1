package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"hardpan/internal/simulation"
)

// errNo ends a command that has said no, as it was asked to, with status 1.
var errNo = errors.New("no")

func newCan(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "can PRINCIPAL ACTION [MODEL|RESOURCE]",
		Short: "may this principal make this call? yes or no, and why",
		Long: `Decides a call without making it. It prints yes or no, everything that had to be
allowed and the statement that decided; for a no also the cause, the statements
that came nearest, and what would allow the call, proven by deciding it again.

PRINCIPAL is user/alice, role/dev, assumed-role/dev/session, root or an ARN; me
is whoever signs. ACTION is an IAM action or an operation of Bedrock. For a
model call name a model or an inference profile, of which all destinations are
checked.

With --policies no server is asked: the policies are those of a folder.

The exit status is 0 for yes, 1 for no, 2 for a question that has no answer.`,
		Example: `  hardpan can user/alice converse anthropic.claude-3-5-haiku-20241022-v1:0 \
    --region us-west-2
  hardpan can role/dev converse eu.anthropic.claude-3-haiku-20240307-v1:0 \
    --region eu-west-1 --policies ./policies
  hardpan can me bedrock:ListFoundationModels --bearer
  hardpan can alice iam:CreateUser "*" --context aws:SourceIp=203.0.113.7`,
		Args: args(cobra.RangeArgs(2, 3)),
	}
	var s source
	var a asked
	s.addFlags(cmd)
	cmd.Flags().StringVar(&a.region, "region", "", "where the call goes (or AWS_REGION, or the ARN's)")
	a.addFlags(cmd)
	a.addBearer(cmd)
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		q, err := a.question(p, args[1], strings.Join(args[2:], ""))
		if err != nil {
			return usage(cmd, "%v", err)
		}
		from, err := p.asker(cmd.Context(), &s)
		if err != nil {
			return err
		}
		told, err := from.ask(cmd.Context(), args[0], q)
		if err != nil {
			return mistaken(cmd, err)
		}
		return p.showAnswer(told, strings.Join(args, " "), *form)
	}
	return cmd
}

func (p *program) showAnswer(told *simulation.Answer, asked string, form output) error {
	if form == asJSON {
		if err := p.printJSON(told); err != nil {
			return err
		}
	} else if err := p.stylesFor(p.out).answer(told, asked); err != nil {
		return err
	}
	if !told.Allowed {
		return errNo
	}
	return nil
}
