package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// healthTime is how long a server may take to say that it is ready.
const healthTime = 5 * time.Second

func newHealth(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health",
		Short: "ask the server whether it takes calls",
		Long: `Asks the server for /readyz and exits with 0 if it takes calls, else with 1. No
credentials are needed. The container image checks itself with this.

Of the server of the data folder the certificate is not verified: its name is
that by which clients know it, and nothing but yes or no is heard from it.`,
		Example: `  hardpan health
  hardpan health --endpoint https://hardpan.example.com
  hardpan health --output json`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		h, err := p.health(cmd.Context(), l)
		if err != nil {
			return err
		}
		if *form == asJSON {
			if err := p.printJSON(h); err != nil {
				return err
			}
		}
		switch {
		case h.Ready && *form == asText:
			fmt.Fprintf(p.out, "%s is %s\n", h.Endpoint, h.Said)
		case !h.Ready && *form == asText:
			return failed("look into the server's log", "the server at %s takes no calls: %s", h.Endpoint, h.Said)
		case !h.Ready:
			return errNo
		}
		return nil
	}
	return cmd
}

// serverHealth is what a server said of itself.
type serverHealth struct {
	Endpoint string `json:"endpoint"`
	Ready    bool   `json:"ready"`
	Said     string `json:"said"`
}

func (p *program) health(ctx context.Context, l place) (*serverHealth, error) {
	server, err := l.url(p)
	if err != nil {
		return nil, err
	}
	web, err := p.httpClient(l, server.url)
	if err != nil {
		return nil, err
	}
	defer web.CloseIdleConnections()
	if written, err := l.written(p); err == nil && written == server {
		web.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see the help
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.url+"/readyz", http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := web.Do(request)
	if err != nil {
		return nil, failed("start one with: hardpan serve\nor name another with --endpoint",
			"no server answers at %s (from %s): %w", server.url, server.from, err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 256))
	if err != nil {
		return nil, fmt.Errorf("reading what the server at %s says: %w", server.url, err)
	}
	return &serverHealth{server.url, answer.StatusCode == http.StatusOK, strings.ToValidUTF8(strings.TrimSpace(string(said)), "")}, nil
}
