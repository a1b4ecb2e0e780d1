package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"hardpan/internal/config"
	"hardpan/internal/model"
	"hardpan/internal/model/anthropic"
	"hardpan/internal/model/bedrock"
	"hardpan/internal/model/builtin"
	"hardpan/internal/model/failover"
	"hardpan/internal/model/openai"
	"hardpan/internal/token"
)

type lookup = func(string) (string, bool)

// makeBackends makes what answers model calls: the backends of the
// configuration, its routes to them, and the built-in model for the rest.
func makeBackends(ctx context.Context, cfg *config.Config, getenv lookup, log *slog.Logger) (model.Routes, error) {
	fallback, err := makeBuiltin(config.BuiltinName, cfg.Builtin.Script)
	if err != nil {
		return model.Routes{}, err
	}
	made := map[string]model.Backend{config.BuiltinName: fallback}
	for i := range cfg.Backends {
		b := &cfg.Backends[i]
		if made[b.Name], err = makeBackend(ctx, b, getenv, log); err != nil {
			return model.Routes{}, fmt.Errorf("backend %s: %w", b.Name, err)
		}
	}
	routes := model.Routes{Default: fallback}
	for i := range cfg.Routes {
		r := &cfg.Routes[i]
		var targets []model.Backend
		for _, name := range r.Targets() {
			targets = append(targets, made[name])
		}
		to := targets[0]
		if len(targets) > 1 {
			to = failover.New(targets...)
		}
		routes.Rules = append(routes.Rules, model.Route{Match: r.Matches, Backend: to, As: r.Asks})
	}
	return routes, nil
}

func makeBackend(ctx context.Context, b *config.Backend, getenv lookup, log *slog.Logger) (model.Backend, error) {
	switch b.Type {
	case config.TypeBuiltin:
		return makeBuiltin(b.Name, b.Script)
	case config.TypeOpenAI, config.TypeAnthropic:
		return makeServer(b, getenv, log)
	}
	return makeBedrock(ctx, b, getenv)
}

// makeServer makes a backend of type openai or anthropic. One without a key
// sends none.
func makeServer(b *config.Backend, getenv lookup, log *slog.Logger) (model.Backend, error) {
	var key token.Secret
	if b.APIKey != "" {
		var err error
		if key, err = b.APIKey.Resolve(getenv); err != nil {
			return nil, err
		}
	}
	firstByte, idle := time.Duration(b.FirstByte), time.Duration(b.Idle)
	if b.Type == config.TypeAnthropic {
		return anthropic.New(anthropic.Config{Name: b.Name, BaseURL: b.BaseURL, Key: key, Regions: b.Regions, FirstByte: firstByte, Idle: idle, Log: log})
	}
	return openai.New(openai.Config{Name: b.Name, BaseURL: b.BaseURL, Key: key, Regions: b.Regions, FirstByte: firstByte, Idle: idle, Log: log})
}

func makeBedrock(ctx context.Context, b *config.Backend, getenv lookup) (model.Backend, error) {
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
