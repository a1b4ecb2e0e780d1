package store

import (
	"context"

	"hardpan/internal/identity"
)

func (tx *Tx) putPolicy(p *identity.ManagedPolicy) error {
	tags, err := jsonText(p.Tags)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO iam_policy (partition, account, id, name, name_key, path, description, created, updated, default_version, latest_version, tags)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (account, id) DO UPDATE SET updated = excluded.updated, description = excluded.description,
			default_version = excluded.default_version, latest_version = excluded.latest_version, tags = excluded.tags`,
		p.Partition, p.Account, p.ID, p.Name, identity.FoldName(p.Name), p.Path, p.Description,
		micros(p.Created), micros(p.Updated), p.Default, p.Latest, tags)
	if err != nil {
		return err
	}
	return tx.putVersions(p)
}

// putVersions stores the versions anew: there are at most five.
func (tx *Tx) putVersions(p *identity.ManagedPolicy) error {
	if err := tx.deleteVersions(p.ID); err != nil {
		return err
	}
	for _, v := range p.Versions {
		_, err := tx.exec(`INSERT INTO iam_policy_version (partition, account, policy_id, version, document, created)
			VALUES ($1, $2, $3, $4, $5, $6)`, p.Partition, p.Account, p.ID, v.ID, v.Document, micros(v.Created))
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) deleteVersions(policyID string) error {
	_, err := tx.exec(`DELETE FROM iam_policy_version WHERE account = $1 AND policy_id = $2`, tx.account, policyID)
	return err
}

func (tx *Tx) deletePolicy(id string) (int64, error) {
	if err := tx.deleteVersions(id); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM iam_policy WHERE account = $1 AND id = $2`, tx.account, id)
}

func loadPolicies(ctx context.Context, q querier, x extent, out emit) error {
	versions, err := loadVersions(ctx, q, x)
	if err != nil {
		return err
	}
	return each(ctx, q, "policies", `SELECT partition, account, id, name, path, description, created, updated, default_version, latest_version, tags
		FROM iam_policy`, "id", x,
		func(scan func(...any) error) error {
			p := &identity.ManagedPolicy{}
			var created, updated int64
			var tags string
			err := scan(&p.Partition, &p.Account, &p.ID, &p.Name, &p.Path, &p.Description,
				&created, &updated, &p.Default, &p.Latest, &tags)
			if err != nil {
				return err
			}
			if p.Tags, err = fromJSON[identity.Tag](tags); err != nil {
				return err
			}
			p.Created, p.Updated = fromMicros(created), fromMicros(updated)
			p.Versions = versions[owned{p.Account, p.ID}]
			return out(p)
		})
}

func loadVersions(ctx context.Context, q querier, x extent) (map[owned][]identity.PolicyVersion, error) {
	versions := map[owned][]identity.PolicyVersion{}
	err := each(ctx, q, "policy versions", `SELECT account, policy_id, version, document, created
		FROM iam_policy_version`, "policy_id", x,
		func(scan func(...any) error) error {
			var policy owned
			var v identity.PolicyVersion
			var created int64
			if err := scan(&policy.account, &policy.id, &v.ID, &v.Document, &created); err != nil {
				return err
			}
			v.Created = fromMicros(created)
			versions[policy] = append(versions[policy], v)
			return nil
		})
	return versions, err
}
