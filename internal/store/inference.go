package store

import (
	"context"

	"hardpan/internal/identity"
)

func (tx *Tx) putInferenceConfig(c *identity.InferenceConfig) error {
	_, err := tx.exec(`INSERT INTO inference_config (partition, account, principal_arn, region)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (account, principal_arn) DO UPDATE SET region = excluded.region`,
		c.Partition, c.Account, c.PrincipalARN, c.HomeRegion)
	return err
}

func loadInferenceConfigs(ctx context.Context, q querier, x extent, out emit) error {
	return each(ctx, q, "inference configurations", `SELECT partition, account, principal_arn, region
		FROM inference_config`, "principal_arn", x,
		func(scan func(...any) error) error {
			c := &identity.InferenceConfig{}
			if err := scan(&c.Partition, &c.Account, &c.PrincipalARN, &c.HomeRegion); err != nil {
				return err
			}
			return out(c)
		})
}
