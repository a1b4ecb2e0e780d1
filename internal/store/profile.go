package store

import (
	"context"
	"database/sql"

	"hardpan/internal/identity"
)

func (tx *Tx) putInferenceProfile(p *identity.InferenceProfile) error {
	tags, err := jsonText(p.Tags)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO inference_profile (partition, account, id, region, name, description, source, token, created, updated, tags)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (account, id) DO UPDATE SET partition = excluded.partition, region = excluded.region, name = excluded.name,
			description = excluded.description, source = excluded.source, token = excluded.token,
			created = excluded.created, updated = excluded.updated, tags = excluded.tags`,
		p.Partition, p.Account, p.ID, p.Region, p.Name, p.Description, p.Source, optional(p.Token),
		micros(p.Created), micros(p.Updated), tags)
	return err
}

func (tx *Tx) deleteInferenceProfile(id string) (int64, error) {
	return tx.exec(`DELETE FROM inference_profile WHERE account = $1 AND id = $2`, tx.account, id)
}

func loadInferenceProfiles(ctx context.Context, q querier, x extent, out emit) error {
	return each(ctx, q, "inference profiles", `SELECT partition, account, id, region, name, description, source, token, created, updated, tags
		FROM inference_profile`, "id", x,
		func(scan func(...any) error) error {
			p := &identity.InferenceProfile{}
			var token sql.NullString
			var created, updated int64
			var tags string
			err := scan(&p.Partition, &p.Account, &p.ID, &p.Region, &p.Name, &p.Description, &p.Source, &token, &created, &updated, &tags)
			if err != nil {
				return err
			}
			if p.Tags, err = fromJSON[identity.Tag](tags); err != nil {
				return err
			}
			p.Token, p.Created, p.Updated = token.String, fromMicros(created), fromMicros(updated)
			return out(p)
		})
}
