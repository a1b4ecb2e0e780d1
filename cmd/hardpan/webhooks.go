package main

import (
	"fmt"

	"hardpan/internal/config"
	"hardpan/internal/webhook"
)

// webhooks fetches the secrets of the webhooks.
func (p *program) webhooks(cfg *config.Config) (map[string]webhook.Target, error) {
	targets := map[string]webhook.Target{}
	for name, w := range cfg.Webhooks {
		secret, err := w.Secret.Resolve(p.lookup)
		if err != nil {
			return nil, fmt.Errorf("webhook %s: %w", name, err)
		}
		targets[name] = webhook.Target{URL: w.URL, Secret: secret}
	}
	return targets, nil
}
