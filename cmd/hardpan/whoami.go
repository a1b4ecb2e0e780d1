package main

import (
	"cmp"
	"context"
	"net/http"

	"github.com/spf13/cobra"
)

func newWhoAmI(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "say as whom this shell calls the server",
		Long: `Says what the server takes the caller for: the ARN, the account, where calls go
that name no region, and the tags that policies see as aws:PrincipalTag. No
permission is needed.`,
		Example: `  hardpan whoami
  hardpan whoami --output json`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where this command's call goes (or AWS_REGION; else "+defaultRegion+")")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		me, err := c.whoAmI(cmd.Context())
		if err != nil {
			return c.explain("asking the server who this is", err)
		}
		if *form == asJSON {
			return p.printJSON(me)
		}
		p.showCaller(me)
		return nil
	}
	return cmd
}

// callerIdentity is the caller as the server sees them.
type callerIdentity struct {
	Account    string   `json:"account"`
	ARN        string   `json:"arn"`
	UserID     string   `json:"userID"`
	Type       string   `json:"type"`
	HomeRegion string   `json:"homeRegion,omitempty"`
	Tags       []ownTag `json:"tags"`
}

// ownTag is a tag of the caller, who has it from the session or else from the
// user or role.
type ownTag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func (c *client) whoAmI(ctx context.Context) (callerIdentity, error) {
	var me callerIdentity
	err := c.call(ctx, http.MethodGet, "/whoami", nil, nil, &me)
	return me, err
}

func (p *program) showCaller(me callerIdentity) {
	st := p.stylesFor(p.out)
	st.printf("%s\n", st.bold.Render(me.ARN))
	st.field("id", me.UserID)
	st.field("type", me.Type)
	st.field("account", me.Account)
	st.field("home", cmp.Or(me.HomeRegion, "none: each call names its region"))
	for _, tag := range me.Tags {
		st.field("tag", tag.Key+" = "+tag.Value)
	}
}
