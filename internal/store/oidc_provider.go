package store

import (
	"context"

	"hardpan/internal/identity"
)

func (tx *Tx) putOIDCProvider(p *identity.OIDCProvider) error {
	clients, err := jsonText(p.ClientIDs)
	if err != nil {
		return err
	}
	thumbprints, err := jsonText(p.Thumbprints)
	if err != nil {
		return err
	}
	tags, err := jsonText(p.Tags)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO iam_oidc_provider (partition, account, url, client_ids, thumbprints, created, tags)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (account, url) DO UPDATE SET client_ids = excluded.client_ids,
			thumbprints = excluded.thumbprints, tags = excluded.tags`,
		p.Partition, p.Account, p.URL, clients, thumbprints, micros(p.Created), tags)
	return err
}

func (tx *Tx) deleteOIDCProvider(url string) (int64, error) {
	return tx.exec(`DELETE FROM iam_oidc_provider WHERE account = $1 AND url = $2`, tx.account, url)
}

func loadOIDCProviders(ctx context.Context, q querier, x extent, out emit) error {
	return each(ctx, q, "identity providers", `SELECT partition, account, url, client_ids, thumbprints, created, tags
		FROM iam_oidc_provider`, "url", x,
		func(scan func(...any) error) error {
			p := &identity.OIDCProvider{}
			var created int64
			var clients, thumbprints, tags string
			err := scan(&p.Partition, &p.Account, &p.URL, &clients, &thumbprints, &created, &tags)
			if err != nil {
				return err
			}
			if p.ClientIDs, err = fromJSON[string](clients); err != nil {
				return err
			}
			if p.Thumbprints, err = fromJSON[string](thumbprints); err != nil {
				return err
			}
			if p.Tags, err = fromJSON[identity.Tag](tags); err != nil {
				return err
			}
			p.Created = fromMicros(created)
			return out(p)
		})
}
