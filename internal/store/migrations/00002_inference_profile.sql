-- +goose Up
-- Application inference profiles. source is the id of the foundation model or
-- system-defined profile that one was copied from; token is null if its
-- creation had no clientRequestToken.

CREATE TABLE inference_profile (
    partition   text   NOT NULL,
    account     text   NOT NULL REFERENCES account (account),
    id          text   NOT NULL,
    region      text   NOT NULL,
    name        text   NOT NULL,
    description text   NOT NULL,
    source      text   NOT NULL,
    token       text,
    created     bigint NOT NULL,
    updated     bigint NOT NULL,
    tags        text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, region, name),
    UNIQUE (account, region, token)
);

-- +goose Down
DROP TABLE inference_profile;
