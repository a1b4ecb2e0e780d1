package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hardpan/internal/explain"
	"hardpan/internal/simulation"
)

func newTest(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test FILE.yaml",
		Short: "hold policies against a file of calls that must pass, or must not",
		Long: `Decides every call of a file and compares: what must be allowed is, what must be
denied is, for the cause that is named. Each case that fails is printed with its
explanation. With a folder of policies, named in the file or by --policies, no
server is asked.

  policies: ./policies        # a folder beside this file
  region: us-west-2           # where a case does not say
  cases:
    - principal: user/alice
      action: converse
      model: anthropic.claude-3-5-haiku-20241022-v1:0
      expect: allow
    - principal: user/alice
      action: converse
      model: anthropic.claude-3-sonnet-20240229-v1:0
      expect: deny
      because: no-statement-for-resource   # a cause, or words of the summary

A case may also have name, resource, region, via, bearer and context.`,
		Example: `  hardpan test policies_test.yaml
  hardpan test policies_test.yaml --policies ./policies`,
		Args: args(cobra.ExactArgs(1)),
	}
	var s source
	s.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		suite, err := readSuite(args[0])
		if err != nil {
			return usage(cmd, "%v", err)
		}
		if suite.Policies != "" && s.policies == "" && s.endpoint == "" {
			s.policies = filepath.Join(filepath.Dir(args[0]), suite.Policies)
		}
		if suite.Account != "" && !cmd.Flags().Changed("account") {
			s.account = suite.Account
		}
		from, err := p.asker(cmd.Context(), &s)
		if err != nil {
			return err
		}
		return p.runSuite(cmd, from, suite)
	}
	return cmd
}

// runSuite asks about every case and prints those that fail.
func (p *program) runSuite(cmd *cobra.Command, from asker, suite *suite) error {
	st, wrong := p.stylesFor(p.out), 0
	for i := range suite.Cases {
		c := &suite.Cases[i]
		ok, err := p.runCase(cmd.Context(), st, from, c, suite)
		if err != nil {
			return mistaken(cmd, fmt.Errorf("case %d, %s: %w", i+1, c.title(), err))
		}
		if !ok {
			wrong++
		}
	}
	if wrong > 0 {
		st.printf("\n%s\n", st.bad.Render(fmt.Sprintf("%d of %d cases failed", wrong, len(suite.Cases))))
		return errNo
	}
	st.printf("%s\n", st.good.Render(fmt.Sprintf("%d cases passed", len(suite.Cases))))
	return nil
}

func (p *program) runCase(ctx context.Context, st *styles, from asker, c *testCase, suite *suite) (bool, error) {
	told, err := from.ask(ctx, c.Principal, c.question(cmp.Or(c.Region, suite.Region, p.getenv("AWS_REGION"))))
	if err != nil {
		return false, err
	}
	wrong := c.judge(told)
	if wrong == "" {
		st.printf("%s %s\n", st.mark(true), c.title())
		return true, nil
	}
	st.printf("\n%s %s: %s\n", st.mark(false), st.bold.Render(c.title()), wrong)
	return false, st.inset(2).answer(told, c.title())
}

// judge says how an answer differs from what was expected; empty: it does not.
func (c *testCase) judge(told *simulation.Answer) string {
	switch {
	case c.Expect == "allow" && !told.Allowed:
		return "expected allow, and it is denied"
	case c.Expect == "deny" && told.Allowed:
		return "expected deny, and it is allowed"
	case c.Because == "" || told.Allowed:
		return ""
	case told.Explanation == nil:
		told.Explanation = &explain.Explanation{}
	}
	if e := told.Explanation; string(e.Cause) != c.Because && !strings.Contains(e.Summary, c.Because) && !strings.Contains(told.Message, c.Because) {
		return fmt.Sprintf("denied as expected, but not because of %q: the cause is %s", c.Because, e.Cause)
	}
	return ""
}
