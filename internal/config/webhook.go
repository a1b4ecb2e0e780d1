package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
)

// Webhook is an address that is told when a budget reaches a threshold.
type Webhook struct {
	URL    string    `yaml:"url"`
	Secret SecretRef `yaml:"secret"` // signs what is sent
}

const maxWebhooks = 100

func (c *Config) checkWebhooks(l locator) error {
	if len(c.Webhooks) > maxWebhooks {
		return l.at("$.webhooks", fmt.Sprintf("%d webhooks are the most", maxWebhooks))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Webhooks)) {
		w, at := c.Webhooks[name], "$.webhooks."+name
		switch {
		case !backendName.MatchString(name):
			return l.at("$.webhooks", fmt.Sprintf("a webhook's name has 1 to 64 letters, digits, dots, dashes or underscores, not %q", name))
		case !isWebhookURL(w.URL):
			return l.at(at, fmt.Sprintf("webhook %q needs a url: https://host/path, or http for one within your own network; no user, password or fragment", name))
		case w.Secret == "":
			return l.at(at, fmt.Sprintf("webhook %q needs a secret that signs what is sent, by reference: secret: env:NAME or file:PATH", name))
		case !w.Secret.Valid():
			return l.at(at+".secret", "a secret is given by reference, env:NAME or file:PATH, never by itself")
		}
	}
	return nil
}

func isWebhookURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == ""
}
