package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"hardpan/internal/config"
	"hardpan/internal/model"
	"hardpan/internal/model/bedrock"
	"hardpan/internal/model/builtin"
	"hardpan/internal/token"
)

type lookup = func(string) (string, bool)

// makeBackends makes what answers model calls: the backends of the
// configuration, its routes to them, and the built-in model for the rest.
func makeBackends(ctx context.Context, cfg *config.Config, getenv lookup) (model.Routes, error) {
	fallback, err := makeBuiltin(config.BuiltinName, cfg.Builtin.Script)
	if err != nil {
		return model.Routes{}, err
	}
	made := map[string]model.Backend{config.BuiltinName: fallback}
	for i := range cfg.Backends {
		b := &cfg.Backends[i]
		if made[b.Name], err = makeBackend(ctx, b, getenv); err != nil {
			return model.Routes{}, fmt.Errorf("backend %s: %w", b.Name, err)
		}
	}
	routes := model.Routes{Default: fallback}
	for i := range cfg.Routes {
		r := &cfg.Routes[i]
		routes.Rules = append(routes.Rules, model.Route{Match: r.Matches, Backend: made[r.Backend], As: r.As})
	}
	return routes, nil
}

func makeBackend(ctx context.Context, b *config.Backend, getenv lookup) (model.Backend, error) {
	if b.Type == config.TypeBuiltin {
		return makeBuiltin(b.Name, b.Script)
	}
	credentials := bedrock.Credentials{
		Profile: b.Credentials.Profile, RoleARN: b.Credentials.RoleARN, SessionName: b.Credentials.SessionName,
		ExternalID: b.Credentials.ExternalID, STSEndpoint: b.Credentials.STSEndpoint,
	}
	if b.Credentials.AccessKeyID != "" {
		secret, err := b.Credentials.SecretAccessKey.Resolve(getenv)
		if err != nil {
			return nil, err
		}
		var session token.Secret // long-term keys have none
		if b.Credentials.SessionToken != "" {
			if session, err = b.Credentials.SessionToken.Resolve(getenv); err != nil {
				return nil, err
			}
		}
		credentials.Static = bedrock.Static(b.Credentials.AccessKeyID, secret.Reveal(), session.Reveal())
	}
	return bedrock.New(ctx, bedrock.Config{
		Name: b.Name, Regions: slices.Clone(b.Regions), Endpoint: b.Endpoint, Credentials: credentials,
		FirstByte: time.Duration(b.FirstByte), Idle: time.Duration(b.Idle),
	})
}

func makeBuiltin(name, script string) (model.Backend, error) {
	opt := builtin.Options{Name: name}
	if script != "" {
		text, err := os.ReadFile(script)
		if err != nil {
			return nil, fmt.Errorf("reading the reply script: %w", err)
		}
		if opt.Script, err = builtin.ParseScript(text); err != nil {
			return nil, fmt.Errorf("%s: %w", script, err)
		}
	}
	return builtin.New(opt), nil
}
