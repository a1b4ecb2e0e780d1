-- +goose Up
-- Outside OpenID Connect identity providers. url has no https://.

CREATE TABLE iam_oidc_provider (
    partition   text   NOT NULL,
    account     text   NOT NULL REFERENCES account (account),
    url         text   NOT NULL,
    client_ids  text   NOT NULL,
    thumbprints text   NOT NULL,
    created     bigint NOT NULL,
    tags        text   NOT NULL,
    PRIMARY KEY (account, url)
);

-- +goose Down
DROP TABLE iam_oidc_provider;
