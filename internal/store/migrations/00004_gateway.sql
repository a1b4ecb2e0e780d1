-- +goose Up
-- Tool gateways and what belongs to them. within is the region, or the id of
-- the gateway or engine that the row belongs to; token is null if the creation
-- had no clientToken; content is JSON text that internal/gateway reads.

CREATE TABLE policy_engine (
    partition text   NOT NULL,
    account   text   NOT NULL REFERENCES account (account),
    id        text   NOT NULL UNIQUE,
    region    text   NOT NULL,
    within    text   NOT NULL,
    name      text   NOT NULL,
    state     text   NOT NULL,
    token     text,
    created   bigint NOT NULL,
    updated   bigint NOT NULL,
    tags      text   NOT NULL,
    content   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, within, name)
);

CREATE TABLE engine_policy (
    partition text   NOT NULL,
    account   text   NOT NULL,
    id        text   NOT NULL UNIQUE,
    region    text   NOT NULL,
    within    text   NOT NULL,
    name      text   NOT NULL,
    state     text   NOT NULL,
    token     text,
    created   bigint NOT NULL,
    updated   bigint NOT NULL,
    tags      text   NOT NULL,
    content   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, within, name),
    FOREIGN KEY (account, within) REFERENCES policy_engine (account, id)
);

CREATE TABLE gateway (
    partition text   NOT NULL,
    account   text   NOT NULL REFERENCES account (account),
    id        text   NOT NULL UNIQUE,
    region    text   NOT NULL,
    within    text   NOT NULL,
    name      text   NOT NULL,
    state     text   NOT NULL,
    token     text,
    created   bigint NOT NULL,
    updated   bigint NOT NULL,
    tags      text   NOT NULL,
    content   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, within, name)
);

CREATE TABLE gateway_target (
    partition text   NOT NULL,
    account   text   NOT NULL,
    id        text   NOT NULL UNIQUE,
    region    text   NOT NULL,
    within    text   NOT NULL,
    name      text   NOT NULL,
    state     text   NOT NULL,
    token     text,
    created   bigint NOT NULL,
    updated   bigint NOT NULL,
    tags      text   NOT NULL,
    content   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, within, name),
    FOREIGN KEY (account, within) REFERENCES gateway (account, id)
);

CREATE TABLE credential_provider (
    partition text   NOT NULL,
    account   text   NOT NULL REFERENCES account (account),
    id        text   NOT NULL UNIQUE,
    region    text   NOT NULL,
    within    text   NOT NULL,
    name      text   NOT NULL,
    state     text   NOT NULL,
    token     text,
    created   bigint NOT NULL,
    updated   bigint NOT NULL,
    tags      text   NOT NULL,
    content   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, within, name)
);

CREATE TABLE resource_policy (
    partition text   NOT NULL,
    account   text   NOT NULL REFERENCES account (account),
    id        text   NOT NULL UNIQUE,
    region    text   NOT NULL,
    within    text   NOT NULL,
    name      text   NOT NULL,
    state     text   NOT NULL,
    token     text,
    created   bigint NOT NULL,
    updated   bigint NOT NULL,
    tags      text   NOT NULL,
    content   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, within, name)
);

-- +goose Down
DROP TABLE resource_policy;
DROP TABLE credential_provider;
DROP TABLE gateway_target;
DROP TABLE gateway;
DROP TABLE engine_policy;
DROP TABLE policy_engine;
