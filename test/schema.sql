-- Columns
api_client_keys.id uuid NOT NULL
api_client_keys.client_id uuid NOT NULL
api_client_keys.kid text NOT NULL
api_client_keys.jwk jsonb NOT NULL
api_client_keys.created_at timestamp with time zone NOT NULL
api_client_keys.removed_at timestamp with time zone
api_clients.id uuid NOT NULL
api_clients.name text NOT NULL
api_clients.scopes text[] NOT NULL
api_clients.created_by uuid NOT NULL
api_clients.created_at timestamp with time zone NOT NULL
api_clients.revoked_at timestamp with time zone
approval_requests.id uuid NOT NULL
approval_requests.action text NOT NULL
approval_requests.resource_kind text NOT NULL
approval_requests.resource_id uuid NOT NULL
approval_requests.case_id uuid
approval_requests.amount_minor bigint
approval_requests.aggregate_minor bigint
approval_requests.currency text
approval_requests.category text
approval_requests.requester_id text NOT NULL
approval_requests.on_behalf_of text
approval_requests.level text NOT NULL
approval_requests.groups text[] NOT NULL
approval_requests.approvers_min integer NOT NULL
approval_requests.rule text NOT NULL
approval_requests.policy_version text NOT NULL
approval_requests.policy_digest text NOT NULL
approval_requests.state text NOT NULL
approval_requests.version integer NOT NULL
approval_requests.created_at timestamp with time zone NOT NULL
approval_requests.expires_at timestamp with time zone NOT NULL
approval_requests.decided_at timestamp with time zone
approval_requests.claimed_at timestamp with time zone
approval_requests.executed_at timestamp with time zone
approval_votes.id uuid NOT NULL
approval_votes.request_id uuid NOT NULL
approval_votes.voter_id text NOT NULL
approval_votes.person_id text NOT NULL
approval_votes.level text
approval_votes.groups text[] NOT NULL
approval_votes.decision text NOT NULL
approval_votes.reason text NOT NULL
approval_votes.created_at timestamp with time zone NOT NULL
assertion_ids.digest bytea NOT NULL
assertion_ids.expires_at timestamp with time zone NOT NULL
audit_checkpoints.tree_size bigint NOT NULL
audit_checkpoints.root_hash bytea NOT NULL
audit_checkpoints.note text NOT NULL
audit_checkpoints.signed_at timestamp with time zone NOT NULL
audit_cosignatures.tree_size bigint NOT NULL
audit_cosignatures.witness text NOT NULL
audit_cosignatures.key_id bytea NOT NULL
audit_cosignatures.line text NOT NULL
audit_cosignatures.received_at timestamp with time zone NOT NULL
audit_entries.leaf_index bigint NOT NULL
audit_entries.event_id uuid NOT NULL
audit_entries.leaf_hash bytea NOT NULL
audit_events.id uuid NOT NULL
audit_events.event text NOT NULL
audit_events.event_hash bytea NOT NULL
audit_events.mac bytea NOT NULL
audit_events.payload bytea
audit_events.payload_key_id text
audit_events.type text NOT NULL
audit_events.actor_id text NOT NULL
audit_events.subject_ref uuid
audit_events.case_id uuid
audit_events.outcome text NOT NULL
audit_events.request_id text NOT NULL
audit_events.recorded_at timestamp with time zone NOT NULL
audit_index_keys.bucket integer NOT NULL
audit_index_keys.key_hash bytea NOT NULL
audit_index_keys.events bigint NOT NULL
audit_index_keys.digest bytea NOT NULL
audit_index_progress.id smallint NOT NULL DEFAULT 1
audit_index_progress.tree_size bigint NOT NULL DEFAULT 0
audit_index_progress.keys bigint NOT NULL DEFAULT 0
audit_index_progress.root_hash bytea NOT NULL DEFAULT decode(repeat('00'::text, 32), 'hex'::text)
audit_index_subtries.depth smallint NOT NULL
audit_index_subtries.prefix integer NOT NULL
audit_index_subtries.keys bigint NOT NULL
audit_index_subtries.root_hash bytea NOT NULL
audit_pending.event_id uuid NOT NULL
audit_published_checkpoints.tree_size bigint NOT NULL
audit_published_checkpoints.published_at timestamp with time zone NOT NULL
audit_tiles.level smallint NOT NULL
audit_tiles.tile_index bigint NOT NULL
audit_tiles.hashes bytea NOT NULL
audit_tiles.root_hash bytea NOT NULL
authenticators.id uuid NOT NULL
authenticators.subject_ref uuid NOT NULL
authenticators.method text NOT NULL
authenticators.state text NOT NULL
authenticators.secret bytea
authenticators.last_step bigint NOT NULL DEFAULT 0
authenticators.confirm_attempts integer NOT NULL DEFAULT 0
authenticators.created_at timestamp with time zone NOT NULL
authenticators.activated_at timestamp with time zone
authenticators.counts_for_money_at timestamp with time zone
authority_exposures.id uuid NOT NULL
authority_exposures.action text NOT NULL
authority_exposures.case_id text NOT NULL
authority_exposures.customer_ref text NOT NULL
authority_exposures.beneficiary text
authority_exposures.agent_id text NOT NULL
authority_exposures.amount_minor bigint NOT NULL
authority_exposures.currency text NOT NULL
authority_exposures.at timestamp with time zone NOT NULL
carrier_outages.carrier text NOT NULL
carrier_outages.faults integer NOT NULL
carrier_outages.since timestamp with time zone
carrier_outages.probe_at timestamp with time zone
case_links.case_id uuid NOT NULL
case_links.kind text NOT NULL
case_links.linked_case_id uuid NOT NULL
case_links.linked_at timestamp with time zone NOT NULL
case_numbers.type text NOT NULL
case_numbers.year integer NOT NULL
case_numbers.last_number integer NOT NULL
cases.id uuid NOT NULL
cases.type text NOT NULL
cases.number text NOT NULL
cases.status text NOT NULL
cases.priority text NOT NULL
cases.queue text NOT NULL
cases.subject_ref uuid NOT NULL
cases.from_guest boolean NOT NULL
cases.channel text NOT NULL
cases.conversation_id uuid
cases.missing_fields text[] NOT NULL
cases.flags text[] NOT NULL
cases.facts bytea NOT NULL
cases.received_at timestamp with time zone NOT NULL
cases.escalated_at timestamp with time zone
cases.updated_at timestamp with time zone NOT NULL
cases.version integer NOT NULL
challenges.id uuid NOT NULL
challenges.session_id uuid NOT NULL
challenges.subject_ref uuid NOT NULL
challenges.counter_scope bytea NOT NULL
challenges.method text NOT NULL
challenges.purpose text NOT NULL
challenges.resource text
challenges.amount_minor bigint
challenges.currency text
challenges.payee bytea
challenges.context_digest bytea NOT NULL
challenges.destination_digest bytea NOT NULL
challenges.claimed_number bytea
challenges.code_digest bytea NOT NULL
challenges.state text NOT NULL
challenges.created_at timestamp with time zone NOT NULL
challenges.sent_at timestamp with time zone NOT NULL
challenges.expires_at timestamp with time zone NOT NULL
challenges.finished_at timestamp with time zone
challenges.grant_used_at timestamp with time zone
challenges.authenticator_id uuid
compliance_reports.id uuid NOT NULL
compliance_reports.standards text[] NOT NULL
compliance_reports.period_from timestamp with time zone NOT NULL
compliance_reports.period_to timestamp with time zone NOT NULL
compliance_reports.formats text[] NOT NULL
compliance_reports.state text NOT NULL
compliance_reports.content text
compliance_reports.content_digest bytea
compliance_reports.requested_by uuid NOT NULL
compliance_reports.requested_at timestamp with time zone NOT NULL
compliance_reports.computed_at timestamp with time zone
containments.id uuid NOT NULL
containments.case_id uuid NOT NULL
containments.type text NOT NULL
containments.state text NOT NULL
containments.reason text
containments.pending_effect text
containments.retry_until timestamp with time zone
containments.lookup bytea
containments.card_id uuid
containments.holder_subject_ref uuid
containments.requested_at timestamp with time zone NOT NULL
containments.applied_at timestamp with time zone
containments.released_at timestamp with time zone
conversations.id uuid NOT NULL
conversations.subject_ref uuid NOT NULL
conversations.owner_kind text NOT NULL
conversations.channel text NOT NULL
conversations.state text NOT NULL
conversations.case_id uuid
conversations.awaiting_field text
conversations.last_seq integer NOT NULL DEFAULT 0
conversations.created_at timestamp with time zone NOT NULL
conversations.updated_at timestamp with time zone NOT NULL
customer_refresh_tokens.digest bytea NOT NULL
customer_refresh_tokens.session_id uuid NOT NULL
customer_refresh_tokens.created_at timestamp with time zone NOT NULL
customer_refresh_tokens.used_at timestamp with time zone
customer_sessions.id uuid NOT NULL
customer_sessions.kind text NOT NULL
customer_sessions.subject_ref uuid NOT NULL
customer_sessions.conversation_id uuid
customer_sessions.acr text NOT NULL
customer_sessions.amr text[] NOT NULL
customer_sessions.method text
customer_sessions.authenticated_at timestamp with time zone
customer_sessions.created_at timestamp with time zone NOT NULL
customer_sessions.last_seen_at timestamp with time zone NOT NULL
customer_sessions.expires_at timestamp with time zone NOT NULL
customer_sessions.revoked_at timestamp with time zone
customers.subject_ref uuid NOT NULL
customers.number_index bytea NOT NULL
customers.number bytea NOT NULL
customers.created_at timestamp with time zone NOT NULL
deadlines.id uuid NOT NULL
deadlines.case_id uuid NOT NULL
deadlines.kind text NOT NULL
deadlines.state text NOT NULL
deadlines.rule_id text NOT NULL
deadlines.citation text NOT NULL
deadlines.due_at timestamp with time zone NOT NULL
deadlines.inputs jsonb NOT NULL
deadlines.calendar text NOT NULL
deadlines.steps jsonb NOT NULL
deadlines.opened_at timestamp with time zone NOT NULL
deadlines.ended_at timestamp with time zone
disputes.case_id uuid NOT NULL
disputes.transaction_id uuid
disputes.account_id uuid
disputes.reason text
disputes.regime text
factor_recoveries.id uuid NOT NULL
factor_recoveries.subject_ref uuid NOT NULL
factor_recoveries.proofing text NOT NULL
factor_recoveries.state text NOT NULL
factor_recoveries.requested_at timestamp with time zone NOT NULL
factor_recoveries.issued_at timestamp with time zone
hand_offs.id uuid NOT NULL
hand_offs.conversation_id uuid NOT NULL
hand_offs.case_id uuid
hand_offs.reason text NOT NULL
hand_offs.queue text NOT NULL
hand_offs.state text NOT NULL
hand_offs.created_at timestamp with time zone NOT NULL
idempotency_keys.id bytea NOT NULL
idempotency_keys.body_digest bytea NOT NULL
idempotency_keys.answer bytea NOT NULL
idempotency_keys.expires_at timestamp with time zone NOT NULL
ledger_export_pieces.export_id uuid NOT NULL
ledger_export_pieces.attempt integer NOT NULL
ledger_export_pieces.place integer NOT NULL
ledger_export_pieces.sealed bytea NOT NULL
ledger_exports.id uuid NOT NULL
ledger_exports.criteria text NOT NULL
ledger_exports.recipient_key bytea
ledger_exports.state text NOT NULL
ledger_exports.failure text
ledger_exports.attempt integer NOT NULL DEFAULT 0
ledger_exports.working_at timestamp with time zone
ledger_exports.tree_size bigint
ledger_exports.entries bigint
ledger_exports.bytes bigint
ledger_exports.digest bytea
ledger_exports.requested_by text NOT NULL
ledger_exports.requested_at timestamp with time zone NOT NULL
ledger_exports.expires_at timestamp with time zone NOT NULL
messages.id uuid NOT NULL
messages.conversation_id uuid NOT NULL
messages.seq integer NOT NULL
messages.direction text NOT NULL
messages.text bytea NOT NULL
messages.redactions jsonb NOT NULL
messages.intent text
messages.confidence double precision
messages.outcome text
messages.code text
messages.template_id text
messages.template_version text
messages.discloses boolean NOT NULL
messages.created_at timestamp with time zone NOT NULL
money_differences.refund_id uuid NOT NULL
money_differences.kind text NOT NULL
money_differences.found_at timestamp with time zone NOT NULL
money_differences.gone_at timestamp with time zone
notifications.id uuid NOT NULL
notifications.channel text NOT NULL
notifications.template text NOT NULL
notifications.purpose text NOT NULL
notifications.subject_ref uuid
notifications.challenge_id uuid
notifications.case_id uuid
notifications.destination bytea
notifications.text bytea
notifications.state text NOT NULL
notifications.attempts integer NOT NULL DEFAULT 0
notifications.next_attempt_at timestamp with time zone NOT NULL
notifications.expires_at timestamp with time zone
notifications.created_at timestamp with time zone NOT NULL
notifications.finished_at timestamp with time zone
notifications.failure text
notifications.carrier_reference text
pending_intents.message_id uuid NOT NULL
pending_intents.conversation_id uuid NOT NULL
pending_intents.challenge_id uuid NOT NULL
pending_intents.intent text NOT NULL
pending_intents.topic text NOT NULL
pending_intents.state text NOT NULL
pending_intents.created_at timestamp with time zone NOT NULL
person_keys.key_id uuid NOT NULL
person_keys.subject_ref uuid NOT NULL
person_keys.generation integer NOT NULL
person_keys.wrapped_key bytea NOT NULL
person_keys.created_at timestamp with time zone NOT NULL DEFAULT now()
policy_activations.seq bigint NOT NULL
policy_activations.version text NOT NULL
policy_activations.digest text NOT NULL
policy_activations.activated_at timestamp with time zone NOT NULL
rate_limits.key_digest bytea NOT NULL
rate_limits.hits timestamp with time zone[] NOT NULL
rate_limits.expires_at timestamp with time zone NOT NULL
recorded_key_rotations.rotation_id uuid NOT NULL
recorded_key_rotations.recorded_at timestamp with time zone NOT NULL
recovery_codes.code_digest bytea NOT NULL
recovery_codes.authenticator_id uuid NOT NULL
recovery_codes.created_at timestamp with time zone NOT NULL
recovery_codes.expires_at timestamp with time zone
recovery_codes.used_at timestamp with time zone
refunds.id uuid NOT NULL
refunds.case_id uuid NOT NULL
refunds.account_id uuid NOT NULL
refunds.amount_minor bigint NOT NULL
refunds.currency text NOT NULL
refunds.category text
refunds.reason bytea NOT NULL
refunds.state text NOT NULL
refunds.requested_by text NOT NULL
refunds.booking_id text
refunds.requested_at timestamp with time zone NOT NULL
refunds.executed_at timestamp with time zone
refunds.kind text NOT NULL DEFAULT 'refund'::text
refunds.fee_transaction_id text
refunds.linked_refs uuid[] NOT NULL DEFAULT '{}'::uuid[]
refunds.agent_id text NOT NULL
sealer_progress.id smallint NOT NULL DEFAULT 1
sealer_progress.fence bigint NOT NULL DEFAULT 0
sealer_progress.tree_size bigint NOT NULL DEFAULT 0
sealer_progress.frontier bytea NOT NULL DEFAULT '\x'::bytea
sealer_progress.last_leaf_hash bytea NOT NULL DEFAULT decode(repeat('00'::text, 32), 'hex'::text)
sign_in_counters.key_digest bytea NOT NULL
sign_in_counters.attempts integer NOT NULL
sign_in_counters.last_attempt_at timestamp with time zone NOT NULL
staff.id uuid NOT NULL
staff.email_index bytea NOT NULL
staff.password_hash bytea
staff.totp_secret bytea
staff.totp_last_step bigint NOT NULL DEFAULT 0
staff.roles text[] NOT NULL
staff.level text
staff.failures integer NOT NULL DEFAULT 0
staff.locked_until timestamp with time zone
staff.disabled_at timestamp with time zone
staff.demo boolean NOT NULL DEFAULT false
staff.created_at timestamp with time zone NOT NULL
staff.last_used_at timestamp with time zone NOT NULL
staff.email bytea
staff.enrolled_at timestamp with time zone
staff.disabled_reason text
staff.link_tries integer NOT NULL DEFAULT 0
staff_enrolments.token_digest bytea NOT NULL
staff_enrolments.staff_id uuid NOT NULL
staff_enrolments.password_hash bytea NOT NULL
staff_enrolments.totp_secret bytea NOT NULL
staff_enrolments.attempts integer NOT NULL DEFAULT 0
staff_enrolments.created_at timestamp with time zone NOT NULL
staff_enrolments.expires_at timestamp with time zone NOT NULL
staff_links.token_digest bytea NOT NULL
staff_links.use text NOT NULL
staff_links.staff_id uuid
staff_links.attempts integer NOT NULL DEFAULT 0
staff_links.created_at timestamp with time zone NOT NULL
staff_links.expires_at timestamp with time zone NOT NULL
staff_links.used_at timestamp with time zone
staff_oidc_identities.digest bytea NOT NULL
staff_oidc_identities.staff_id uuid NOT NULL
staff_oidc_identities.created_at timestamp with time zone NOT NULL
staff_oidc_logins.token_digest bytea NOT NULL
staff_oidc_logins.created_at timestamp with time zone NOT NULL
staff_oidc_logins.expires_at timestamp with time zone NOT NULL
staff_oidc_logins.used_at timestamp with time zone
staff_recovery_codes.digest bytea NOT NULL
staff_recovery_codes.staff_id uuid NOT NULL
staff_recovery_codes.created_at timestamp with time zone NOT NULL
staff_recovery_codes.used_at timestamp with time zone
staff_refresh_tokens.digest bytea NOT NULL
staff_refresh_tokens.session_id uuid NOT NULL
staff_refresh_tokens.created_at timestamp with time zone NOT NULL
staff_refresh_tokens.used_at timestamp with time zone
staff_sessions.id uuid NOT NULL
staff_sessions.staff_id uuid NOT NULL
staff_sessions.acr text NOT NULL
staff_sessions.amr text[] NOT NULL
staff_sessions.method text NOT NULL
staff_sessions.authenticated_at timestamp with time zone NOT NULL
staff_sessions.created_at timestamp with time zone NOT NULL
staff_sessions.last_seen_at timestamp with time zone NOT NULL
staff_sessions.expires_at timestamp with time zone NOT NULL
staff_sessions.revoked_at timestamp with time zone
staff_sign_ins.token_digest bytea NOT NULL
staff_sign_ins.staff_id uuid NOT NULL
staff_sign_ins.created_at timestamp with time zone NOT NULL
staff_sign_ins.expires_at timestamp with time zone NOT NULL
staff_sign_ins.used_at timestamp with time zone
tasks.id uuid NOT NULL
tasks.case_id uuid NOT NULL
tasks.kind text NOT NULL
tasks.queue text NOT NULL
tasks.state text NOT NULL
tasks.due_at timestamp with time zone
tasks.created_at timestamp with time zone NOT NULL
tasks.done_at timestamp with time zone
verification_counters.scope bytea NOT NULL
verification_counters.purpose text NOT NULL
verification_counters.attempts integer NOT NULL
verification_counters.last_attempt_at timestamp with time zone NOT NULL
verification_counters.locked_until timestamp with time zone

-- Constraints
api_client_keys: FOREIGN KEY (client_id) REFERENCES api_clients(id)
api_client_keys: PRIMARY KEY (id)
api_clients: CHECK ((cardinality(scopes) > 0))
api_clients: PRIMARY KEY (id)
approval_requests: CHECK ((aggregate_minor >= amount_minor))
approval_requests: CHECK ((amount_minor > 0))
approval_requests: CHECK ((approvers_min > 0))
approval_requests: CHECK ((currency ~ '^[A-Z]{3}$'::text))
approval_requests: CHECK ((level = ANY (ARRAY['L1'::text, 'L2'::text, 'L3'::text, 'L4'::text, 'board'::text])))
approval_requests: CHECK ((num_nulls(amount_minor, aggregate_minor, currency) = ANY (ARRAY[0, 3])))
approval_requests: CHECK ((state = ANY (ARRAY['requested'::text, 'partially_approved'::text, 'approved'::text, 'executed'::text, 'rejected'::text, 'expired'::text, 'withdrawn'::text, 'superseded'::text])))
approval_requests: CHECK ((version > 0))
approval_requests: PRIMARY KEY (id)
approval_votes: CHECK ((decision = ANY (ARRAY['approve'::text, 'reject'::text])))
approval_votes: CHECK ((length(reason) <= 1000))
approval_votes: CHECK ((level = ANY (ARRAY['L1'::text, 'L2'::text, 'L3'::text, 'L4'::text, 'board'::text])))
approval_votes: FOREIGN KEY (request_id) REFERENCES approval_requests(id)
approval_votes: PRIMARY KEY (id)
approval_votes: UNIQUE (request_id, person_id)
assertion_ids: CHECK ((octet_length(digest) = 32))
assertion_ids: PRIMARY KEY (digest)
audit_checkpoints: CHECK ((octet_length(root_hash) = 32))
audit_checkpoints: CHECK ((tree_size > 0))
audit_checkpoints: PRIMARY KEY (tree_size)
audit_cosignatures: CHECK ((octet_length(key_id) = 4))
audit_cosignatures: CHECK ((tree_size > 0))
audit_cosignatures: PRIMARY KEY (tree_size, witness, key_id)
audit_entries: CHECK ((leaf_index >= 0))
audit_entries: CHECK ((octet_length(leaf_hash) = 32))
audit_entries: PRIMARY KEY (leaf_index)
audit_events: CHECK (((payload IS NULL) = (payload_key_id IS NULL)))
audit_events: CHECK ((octet_length(event_hash) = 32))
audit_events: CHECK ((octet_length(mac) = 32))
audit_events: PRIMARY KEY (id)
audit_index_keys: CHECK (((bucket >= 0) AND (bucket <= 65535)))
audit_index_keys: CHECK ((events > 0))
audit_index_keys: CHECK ((octet_length(digest) = 32))
audit_index_keys: CHECK ((octet_length(key_hash) = 32))
audit_index_keys: PRIMARY KEY (bucket, key_hash)
audit_index_progress: CHECK ((id = 1))
audit_index_progress: CHECK ((octet_length(root_hash) = 32))
audit_index_progress: PRIMARY KEY (id)
audit_index_subtries: CHECK (((prefix >= 0) AND (prefix <= 65535)))
audit_index_subtries: CHECK ((depth = ANY (ARRAY[8, 16])))
audit_index_subtries: CHECK ((keys > 0))
audit_index_subtries: CHECK ((octet_length(root_hash) = 32))
audit_index_subtries: PRIMARY KEY (depth, prefix)
audit_pending: PRIMARY KEY (event_id)
audit_published_checkpoints: CHECK ((tree_size > 0))
audit_published_checkpoints: PRIMARY KEY (tree_size)
audit_tiles: CHECK (((level >= 0) AND (level <= 63)))
audit_tiles: CHECK ((octet_length(hashes) = 8192))
audit_tiles: CHECK ((octet_length(root_hash) = 32))
audit_tiles: CHECK ((tile_index >= 0))
audit_tiles: PRIMARY KEY (level, tile_index)
authenticators: CHECK (((activated_at IS NOT NULL) = (state = 'active'::text)))
authenticators: CHECK (((counts_for_money_at IS NOT NULL) = (state = 'active'::text)))
authenticators: CHECK (((secret IS NOT NULL) = (method = 'totp'::text)))
authenticators: CHECK ((method = ANY (ARRAY['totp'::text, 'recovery-code'::text])))
authenticators: CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text])))
authenticators: PRIMARY KEY (id)
authority_exposures: CHECK ((amount_minor > 0))
authority_exposures: PRIMARY KEY (id)
carrier_outages: CHECK (((since IS NULL) = (probe_at IS NULL)))
carrier_outages: CHECK ((carrier = ANY (ARRAY['sms'::text, 'mail'::text])))
carrier_outages: CHECK ((faults > 0))
carrier_outages: PRIMARY KEY (carrier)
case_links: CHECK ((case_id <> linked_case_id))
case_links: CHECK ((kind = 'duplicate-of'::text))
case_links: FOREIGN KEY (case_id) REFERENCES cases(id)
case_links: FOREIGN KEY (linked_case_id) REFERENCES cases(id)
case_links: PRIMARY KEY (case_id, kind, linked_case_id)
case_numbers: CHECK ((last_number > 0))
case_numbers: PRIMARY KEY (type, year)
cases: CHECK ((priority = ANY (ARRAY['low'::text, 'normal'::text, 'high'::text, 'critical'::text])))
cases: CHECK ((type = ANY (ARRAY['fraud'::text, 'dispute'::text, 'complaint'::text, 'regulatory-inquiry'::text, 'violation'::text, 'ticket'::text])))
cases: PRIMARY KEY (id)
cases: UNIQUE (number)
challenges: CHECK (((amount_minor IS NULL) = (currency IS NULL)))
challenges: CHECK ((expires_at <= (created_at + '00:10:00'::interval)))
challenges: CHECK ((method = ANY (ARRAY['sms'::text, 'email'::text, 'totp'::text, 'recovery-code'::text])))
challenges: CHECK ((octet_length(code_digest) = 32))
challenges: CHECK ((octet_length(context_digest) = 32))
challenges: CHECK ((octet_length(counter_scope) = 32))
challenges: CHECK ((octet_length(destination_digest) = 32))
challenges: CHECK ((state = ANY (ARRAY['open'::text, 'verified'::text, 'superseded'::text, 'expired'::text])))
challenges: PRIMARY KEY (id)
compliance_reports: CHECK ((period_to > period_from))
compliance_reports: CHECK ((state = ANY (ARRAY['computing'::text, 'draft'::text, 'reviewed'::text, 'attested'::text, 'published'::text, 'failed'::text])))
compliance_reports: PRIMARY KEY (id)
containments: CHECK (((state <> 'applied'::text) OR ((card_id IS NOT NULL) AND (applied_at IS NOT NULL))))
containments: CHECK (((state = 'released'::text) = (released_at IS NOT NULL)))
containments: CHECK ((pending_effect = ANY (ARRAY['block'::text, 'release'::text])))
containments: CHECK ((state = ANY (ARRAY['requested'::text, 'applied'::text, 'reviewed'::text, 'released'::text])))
containments: CHECK ((type = ANY (ARRAY['card-block'::text, 'account-freeze'::text])))
containments: FOREIGN KEY (case_id) REFERENCES cases(id)
containments: PRIMARY KEY (id)
conversations: CHECK ((channel = ANY (ARRAY['chat'::text, 'email'::text, 'phone'::text, 'sms'::text])))
conversations: CHECK ((owner_kind = ANY (ARRAY['customer'::text, 'guest'::text])))
conversations: CHECK ((state = ANY (ARRAY['open'::text, 'awaiting_verification'::text, 'in_progress'::text, 'handed_off'::text, 'resolved'::text, 'closed'::text])))
conversations: PRIMARY KEY (id)
customer_refresh_tokens: CHECK ((octet_length(digest) = 32))
customer_refresh_tokens: FOREIGN KEY (session_id) REFERENCES customer_sessions(id)
customer_refresh_tokens: PRIMARY KEY (digest)
customer_sessions: CHECK (((conversation_id IS NOT NULL) = (kind = 'guest'::text)))
customer_sessions: CHECK ((acr = ANY (ARRAY['aal0'::text, 'aal1'::text, 'aal2'::text])))
customer_sessions: CHECK ((kind = ANY (ARRAY['customer'::text, 'guest'::text])))
customer_sessions: PRIMARY KEY (id)
customers: CHECK ((octet_length(number_index) = 32))
customers: PRIMARY KEY (subject_ref)
customers: UNIQUE (number_index)
deadlines: CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'warning'::text, 'met'::text, 'breached'::text, 'defaulted_to_consumer'::text, 'superseded'::text])))
deadlines: FOREIGN KEY (case_id) REFERENCES cases(id)
deadlines: PRIMARY KEY (id)
disputes: FOREIGN KEY (case_id) REFERENCES cases(id)
disputes: PRIMARY KEY (case_id)
factor_recoveries: CHECK ((state = ANY (ARRAY['awaiting_approval'::text, 'approved'::text, 'issued'::text, 'rejected'::text, 'expired'::text, 'superseded'::text])))
factor_recoveries: PRIMARY KEY (id)
hand_offs: CHECK ((state = ANY (ARRAY['waiting'::text, 'taken'::text])))
hand_offs: FOREIGN KEY (conversation_id) REFERENCES conversations(id)
hand_offs: PRIMARY KEY (id)
idempotency_keys: CHECK ((octet_length(id) = 32))
idempotency_keys: PRIMARY KEY (id)
ledger_export_pieces: PRIMARY KEY (export_id, attempt, place)
ledger_exports: CHECK ((octet_length(digest) = 32))
ledger_exports: CHECK ((octet_length(recipient_key) = 32))
ledger_exports: CHECK ((state = ANY (ARRAY['preparing'::text, 'ready'::text, 'failed'::text, 'expired'::text])))
ledger_exports: PRIMARY KEY (id)
messages: CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
messages: FOREIGN KEY (conversation_id) REFERENCES conversations(id)
messages: PRIMARY KEY (id)
messages: UNIQUE (conversation_id, seq)
money_differences: PRIMARY KEY (refund_id, kind)
notifications: CHECK (((state = 'queued'::text) = ((destination IS NOT NULL) AND (text IS NOT NULL))))
notifications: CHECK ((channel = ANY (ARRAY['sms'::text, 'email'::text, 'team'::text])))
notifications: CHECK ((length(carrier_reference) <= 200))
notifications: CHECK ((state = ANY (ARRAY['queued'::text, 'withheld'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'expired'::text, 'replaced'::text])))
notifications: PRIMARY KEY (id)
pending_intents: CHECK ((state = ANY (ARRAY['pending'::text, 'resumed'::text, 'abandoned'::text])))
pending_intents: FOREIGN KEY (conversation_id) REFERENCES conversations(id)
pending_intents: FOREIGN KEY (message_id) REFERENCES messages(id)
pending_intents: PRIMARY KEY (message_id)
person_keys: CHECK ((generation >= 1))
person_keys: CHECK ((octet_length(wrapped_key) = 61))
person_keys: PRIMARY KEY (key_id)
person_keys: UNIQUE (subject_ref, generation)
policy_activations: CHECK ((digest ~ '^[0-9a-f]{64}$'::text))
policy_activations: PRIMARY KEY (seq)
rate_limits: CHECK ((cardinality(hits) <= 1000))
rate_limits: CHECK ((octet_length(key_digest) = 32))
rate_limits: PRIMARY KEY (key_digest)
recorded_key_rotations: PRIMARY KEY (rotation_id)
recovery_codes: CHECK ((octet_length(code_digest) = 32))
recovery_codes: FOREIGN KEY (authenticator_id) REFERENCES authenticators(id) ON DELETE CASCADE
recovery_codes: PRIMARY KEY (code_digest)
refunds: CHECK (((kind = 'fee-reversal'::text) = (fee_transaction_id IS NOT NULL)))
refunds: CHECK (((state = 'executed'::text) = ((booking_id IS NOT NULL) AND (executed_at IS NOT NULL))))
refunds: CHECK ((amount_minor > 0))
refunds: CHECK ((kind = ANY (ARRAY['refund'::text, 'fee-reversal'::text])))
refunds: CHECK ((state = ANY (ARRAY['awaiting_approval'::text, 'executing'::text, 'executed'::text, 'rejected'::text, 'expired'::text, 'superseded'::text])))
refunds: FOREIGN KEY (case_id) REFERENCES cases(id)
refunds: PRIMARY KEY (id)
sealer_progress: CHECK ((id = 1))
sealer_progress: PRIMARY KEY (id)
sign_in_counters: CHECK ((octet_length(key_digest) = 32))
sign_in_counters: PRIMARY KEY (key_digest)
staff: CHECK (((password_hash IS NULL) = (totp_secret IS NULL)))
staff: CHECK ((disabled_reason = ANY (ARRAY['unused'::text, 'administrator'::text])))
staff: CHECK ((level = ANY (ARRAY['L1'::text, 'L2'::text, 'L3'::text, 'L4'::text, 'board'::text])))
staff: CHECK ((octet_length(email_index) = 32))
staff: PRIMARY KEY (id)
staff: UNIQUE (email_index)
staff_enrolments: CHECK ((octet_length(token_digest) = 32))
staff_enrolments: FOREIGN KEY (staff_id) REFERENCES staff(id)
staff_enrolments: PRIMARY KEY (token_digest)
staff_links: CHECK ((octet_length(token_digest) = 32))
staff_links: CHECK ((use = ANY (ARRAY['enrolment'::text, 'password-reset'::text])))
staff_links: FOREIGN KEY (staff_id) REFERENCES staff(id)
staff_links: PRIMARY KEY (token_digest)
staff_oidc_identities: CHECK ((octet_length(digest) = 32))
staff_oidc_identities: FOREIGN KEY (staff_id) REFERENCES staff(id)
staff_oidc_identities: PRIMARY KEY (digest)
staff_oidc_identities: UNIQUE (staff_id)
staff_oidc_logins: CHECK ((octet_length(token_digest) = 32))
staff_oidc_logins: PRIMARY KEY (token_digest)
staff_recovery_codes: CHECK ((octet_length(digest) = 32))
staff_recovery_codes: FOREIGN KEY (staff_id) REFERENCES staff(id)
staff_recovery_codes: PRIMARY KEY (digest)
staff_refresh_tokens: CHECK ((octet_length(digest) = 32))
staff_refresh_tokens: FOREIGN KEY (session_id) REFERENCES staff_sessions(id)
staff_refresh_tokens: PRIMARY KEY (digest)
staff_sessions: CHECK ((acr = ANY (ARRAY['aal1'::text, 'aal2'::text])))
staff_sessions: FOREIGN KEY (staff_id) REFERENCES staff(id)
staff_sessions: PRIMARY KEY (id)
staff_sign_ins: CHECK ((octet_length(token_digest) = 32))
staff_sign_ins: FOREIGN KEY (staff_id) REFERENCES staff(id)
staff_sign_ins: PRIMARY KEY (token_digest)
tasks: CHECK (((state = 'done'::text) = (done_at IS NOT NULL)))
tasks: CHECK ((state = ANY (ARRAY['open'::text, 'done'::text])))
tasks: FOREIGN KEY (case_id) REFERENCES cases(id)
tasks: PRIMARY KEY (id)
verification_counters: CHECK ((octet_length(scope) = 32))
verification_counters: PRIMARY KEY (scope, purpose)

-- Indexes
CREATE INDEX approval_requests_by_case ON public.approval_requests USING btree (case_id)
CREATE INDEX approval_requests_by_state ON public.approval_requests USING btree (state, id)
CREATE INDEX assertion_ids_expiry ON public.assertion_ids USING btree (expires_at)
CREATE INDEX audit_events_by_actor ON ONLY public.audit_events USING btree (actor_id, id)
CREATE INDEX audit_events_by_case ON ONLY public.audit_events USING btree (case_id, id) WHERE (case_id IS NOT NULL)
CREATE INDEX audit_events_by_subject ON ONLY public.audit_events USING btree (subject_ref, id) WHERE (subject_ref IS NOT NULL)
CREATE INDEX audit_events_by_time ON ONLY public.audit_events USING brin (recorded_at)
CREATE INDEX audit_events_by_type ON ONLY public.audit_events USING btree (type text_pattern_ops, id)
CREATE INDEX authority_exposures_agent ON public.authority_exposures USING btree (agent_id, at)
CREATE INDEX authority_exposures_beneficiary ON public.authority_exposures USING btree (beneficiary, at)
CREATE INDEX authority_exposures_case ON public.authority_exposures USING btree (case_id, at)
CREATE INDEX authority_exposures_customer ON public.authority_exposures USING btree (customer_ref, at)
CREATE INDEX cases_newest ON public.cases USING btree (id DESC)
CREATE INDEX cases_subject ON public.cases USING btree (subject_ref, id DESC)
CREATE INDEX cases_work ON public.cases USING btree (queue, status, id DESC)
CREATE INDEX challenges_due ON public.challenges USING btree (expires_at) WHERE (state = 'open'::text)
CREATE INDEX challenges_grants ON public.challenges USING btree (session_id, purpose) WHERE ((state = 'verified'::text) AND (grant_used_at IS NULL))
CREATE INDEX compliance_reports_computing ON public.compliance_reports USING btree (requested_at) WHERE (state = 'computing'::text)
CREATE INDEX containments_case ON public.containments USING btree (case_id)
CREATE INDEX containments_holder ON public.containments USING btree (holder_subject_ref)
CREATE INDEX containments_pending ON public.containments USING btree (requested_at) WHERE (pending_effect IS NOT NULL)
CREATE INDEX conversations_subject ON public.conversations USING btree (subject_ref, created_at)
CREATE INDEX customer_refresh_tokens_session ON public.customer_refresh_tokens USING btree (session_id)
CREATE INDEX customer_sessions_subject ON public.customer_sessions USING btree (subject_ref, created_at)
CREATE INDEX deadlines_running ON public.deadlines USING btree (due_at) WHERE (state = ANY (ARRAY['running'::text, 'warning'::text]))
CREATE INDEX disputes_transaction ON public.disputes USING btree (transaction_id)
CREATE INDEX hand_offs_waiting ON public.hand_offs USING btree (queue, created_at) WHERE (state = 'waiting'::text)
CREATE INDEX idempotency_keys_by_expiry ON public.idempotency_keys USING brin (expires_at)
CREATE INDEX ledger_exports_expiring ON public.ledger_exports USING btree (expires_at) WHERE (state <> 'expired'::text)
CREATE INDEX ledger_exports_preparing ON public.ledger_exports USING btree (requested_at) WHERE (state = 'preparing'::text)
CREATE INDEX money_differences_found ON public.money_differences USING btree (found_at)
CREATE INDEX notifications_case ON public.notifications USING btree (case_id) WHERE (case_id IS NOT NULL)
CREATE INDEX notifications_challenge ON public.notifications USING btree (challenge_id) WHERE (challenge_id IS NOT NULL)
CREATE INDEX notifications_due ON public.notifications USING btree (next_attempt_at) WHERE (state = 'queued'::text)
CREATE INDEX pending_intents_challenge ON public.pending_intents USING btree (challenge_id) WHERE (state = 'pending'::text)
CREATE INDEX pending_intents_conversation ON public.pending_intents USING btree (conversation_id) WHERE (state = 'pending'::text)
CREATE INDEX rate_limits_expires_at ON public.rate_limits USING btree (expires_at)
CREATE INDEX recovery_codes_authenticator ON public.recovery_codes USING btree (authenticator_id)
CREATE INDEX refunds_case ON public.refunds USING btree (case_id)
CREATE INDEX refunds_executing ON public.refunds USING btree (requested_at) WHERE (state = 'executing'::text)
CREATE INDEX refunds_fee ON public.refunds USING btree (fee_transaction_id) WHERE (fee_transaction_id IS NOT NULL)
CREATE INDEX refunds_requested ON public.refunds USING btree (requested_at)
CREATE INDEX staff_enrolments_expiry ON public.staff_enrolments USING btree (expires_at)
CREATE INDEX staff_enrolments_staff ON public.staff_enrolments USING btree (staff_id)
CREATE INDEX staff_links_expiry ON public.staff_links USING btree (expires_at)
CREATE INDEX staff_links_staff ON public.staff_links USING btree (staff_id) WHERE (used_at IS NULL)
CREATE INDEX staff_oidc_logins_expiry ON public.staff_oidc_logins USING btree (expires_at)
CREATE INDEX staff_recovery_codes_staff ON public.staff_recovery_codes USING btree (staff_id)
CREATE INDEX staff_refresh_tokens_session ON public.staff_refresh_tokens USING btree (session_id)
CREATE INDEX staff_sessions_staff ON public.staff_sessions USING btree (staff_id, created_at)
CREATE INDEX staff_sign_ins_expiry ON public.staff_sign_ins USING btree (expires_at)
CREATE INDEX staff_unused ON public.staff USING btree (last_used_at) WHERE ((disabled_at IS NULL) AND (NOT demo))
CREATE INDEX tasks_case ON public.tasks USING btree (case_id)
CREATE INDEX tasks_open ON public.tasks USING btree (due_at) WHERE (state = 'open'::text)
CREATE UNIQUE INDEX api_client_keys_kid ON public.api_client_keys USING btree (client_id, kid) WHERE (removed_at IS NULL)
CREATE UNIQUE INDEX api_client_keys_pkey ON public.api_client_keys USING btree (id)
CREATE UNIQUE INDEX api_clients_pkey ON public.api_clients USING btree (id)
CREATE UNIQUE INDEX approval_requests_open_resource ON public.approval_requests USING btree (resource_kind, resource_id) WHERE (state = ANY (ARRAY['requested'::text, 'partially_approved'::text, 'approved'::text]))
CREATE UNIQUE INDEX approval_requests_pkey ON public.approval_requests USING btree (id)
CREATE UNIQUE INDEX approval_votes_pkey ON public.approval_votes USING btree (id)
CREATE UNIQUE INDEX approval_votes_request_id_person_id_key ON public.approval_votes USING btree (request_id, person_id)
CREATE UNIQUE INDEX assertion_ids_pkey ON public.assertion_ids USING btree (digest)
CREATE UNIQUE INDEX audit_checkpoints_pkey ON public.audit_checkpoints USING btree (tree_size)
CREATE UNIQUE INDEX audit_cosignatures_pkey ON public.audit_cosignatures USING btree (tree_size, witness, key_id)
CREATE UNIQUE INDEX audit_entries_pkey ON ONLY public.audit_entries USING btree (leaf_index)
CREATE UNIQUE INDEX audit_events_pkey ON ONLY public.audit_events USING btree (id)
CREATE UNIQUE INDEX audit_index_keys_pkey ON public.audit_index_keys USING btree (bucket, key_hash)
CREATE UNIQUE INDEX audit_index_progress_pkey ON public.audit_index_progress USING btree (id)
CREATE UNIQUE INDEX audit_index_subtries_pkey ON public.audit_index_subtries USING btree (depth, prefix)
CREATE UNIQUE INDEX audit_pending_pkey ON public.audit_pending USING btree (event_id)
CREATE UNIQUE INDEX audit_published_checkpoints_pkey ON public.audit_published_checkpoints USING btree (tree_size)
CREATE UNIQUE INDEX audit_tiles_pkey ON public.audit_tiles USING btree (level, tile_index)
CREATE UNIQUE INDEX authenticators_pkey ON public.authenticators USING btree (id)
CREATE UNIQUE INDEX authenticators_state ON public.authenticators USING btree (subject_ref, method, state)
CREATE UNIQUE INDEX authority_exposures_pkey ON public.authority_exposures USING btree (id)
CREATE UNIQUE INDEX carrier_outages_pkey ON public.carrier_outages USING btree (carrier)
CREATE UNIQUE INDEX case_links_pkey ON public.case_links USING btree (case_id, kind, linked_case_id)
CREATE UNIQUE INDEX case_numbers_pkey ON public.case_numbers USING btree (type, year)
CREATE UNIQUE INDEX cases_number_key ON public.cases USING btree (number)
CREATE UNIQUE INDEX cases_pkey ON public.cases USING btree (id)
CREATE UNIQUE INDEX challenges_open ON public.challenges USING btree (session_id, purpose) WHERE (state = 'open'::text)
CREATE UNIQUE INDEX challenges_pkey ON public.challenges USING btree (id)
CREATE UNIQUE INDEX compliance_reports_pkey ON public.compliance_reports USING btree (id)
CREATE UNIQUE INDEX containments_pkey ON public.containments USING btree (id)
CREATE UNIQUE INDEX conversations_pkey ON public.conversations USING btree (id)
CREATE UNIQUE INDEX customer_refresh_tokens_pkey ON public.customer_refresh_tokens USING btree (digest)
CREATE UNIQUE INDEX customer_sessions_pkey ON public.customer_sessions USING btree (id)
CREATE UNIQUE INDEX customers_number_index_key ON public.customers USING btree (number_index)
CREATE UNIQUE INDEX customers_pkey ON public.customers USING btree (subject_ref)
CREATE UNIQUE INDEX deadlines_pkey ON public.deadlines USING btree (id)
CREATE UNIQUE INDEX deadlines_rule ON public.deadlines USING btree (case_id, rule_id) WHERE (state <> 'superseded'::text)
CREATE UNIQUE INDEX disputes_pkey ON public.disputes USING btree (case_id)
CREATE UNIQUE INDEX factor_recoveries_pkey ON public.factor_recoveries USING btree (id)
CREATE UNIQUE INDEX factor_recoveries_waiting ON public.factor_recoveries USING btree (subject_ref) WHERE (state = ANY (ARRAY['awaiting_approval'::text, 'approved'::text]))
CREATE UNIQUE INDEX hand_offs_pkey ON public.hand_offs USING btree (id)
CREATE UNIQUE INDEX idempotency_keys_pkey ON public.idempotency_keys USING btree (id)
CREATE UNIQUE INDEX ledger_export_pieces_pkey ON public.ledger_export_pieces USING btree (export_id, attempt, place)
CREATE UNIQUE INDEX ledger_exports_pkey ON public.ledger_exports USING btree (id)
CREATE UNIQUE INDEX messages_conversation_id_seq_key ON public.messages USING btree (conversation_id, seq)
CREATE UNIQUE INDEX messages_pkey ON public.messages USING btree (id)
CREATE UNIQUE INDEX money_differences_pkey ON public.money_differences USING btree (refund_id, kind)
CREATE UNIQUE INDEX notifications_pkey ON public.notifications USING btree (id)
CREATE UNIQUE INDEX pending_intents_pkey ON public.pending_intents USING btree (message_id)
CREATE UNIQUE INDEX person_keys_pkey ON public.person_keys USING btree (key_id)
CREATE UNIQUE INDEX person_keys_subject_ref_generation_key ON public.person_keys USING btree (subject_ref, generation)
CREATE UNIQUE INDEX policy_activations_pkey ON public.policy_activations USING btree (seq)
CREATE UNIQUE INDEX rate_limits_pkey ON public.rate_limits USING btree (key_digest)
CREATE UNIQUE INDEX recorded_key_rotations_pkey ON public.recorded_key_rotations USING btree (rotation_id)
CREATE UNIQUE INDEX recovery_codes_pkey ON public.recovery_codes USING btree (code_digest)
CREATE UNIQUE INDEX refunds_pkey ON public.refunds USING btree (id)
CREATE UNIQUE INDEX sealer_progress_pkey ON public.sealer_progress USING btree (id)
CREATE UNIQUE INDEX sign_in_counters_pkey ON public.sign_in_counters USING btree (key_digest)
CREATE UNIQUE INDEX staff_email_index_key ON public.staff USING btree (email_index)
CREATE UNIQUE INDEX staff_enrolments_pkey ON public.staff_enrolments USING btree (token_digest)
CREATE UNIQUE INDEX staff_links_pkey ON public.staff_links USING btree (token_digest)
CREATE UNIQUE INDEX staff_oidc_identities_pkey ON public.staff_oidc_identities USING btree (digest)
CREATE UNIQUE INDEX staff_oidc_identities_staff_id_key ON public.staff_oidc_identities USING btree (staff_id)
CREATE UNIQUE INDEX staff_oidc_logins_pkey ON public.staff_oidc_logins USING btree (token_digest)
CREATE UNIQUE INDEX staff_pkey ON public.staff USING btree (id)
CREATE UNIQUE INDEX staff_recovery_codes_pkey ON public.staff_recovery_codes USING btree (digest)
CREATE UNIQUE INDEX staff_refresh_tokens_pkey ON public.staff_refresh_tokens USING btree (digest)
CREATE UNIQUE INDEX staff_sessions_pkey ON public.staff_sessions USING btree (id)
CREATE UNIQUE INDEX staff_sign_ins_pkey ON public.staff_sign_ins USING btree (token_digest)
CREATE UNIQUE INDEX tasks_pkey ON public.tasks USING btree (id)
CREATE UNIQUE INDEX verification_counters_pkey ON public.verification_counters USING btree (scope, purpose)

-- Triggers
CREATE TRIGGER approval_votes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.approval_votes FOR EACH STATEMENT EXECUTE FUNCTION refuse_approval_vote_change() 
CREATE TRIGGER policy_activations_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.policy_activations FOR EACH STATEMENT EXECUTE FUNCTION refuse_policy_activation_change() 
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() ALWAYS
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_cosignatures FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() ALWAYS
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() ALWAYS
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() ALWAYS
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_published_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() ALWAYS
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_tiles FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() ALWAYS

-- Functions
count_verification_attempt(of_challenge uuid, at timestamp with time zone, limits jsonb) SECURITY INVOKER md5 391050b789c41d7f88ca4159e9e753e1
create_ledger_partition(parent text, partition text, lower text, upper text) SECURITY INVOKER md5 d9a6988978b386a64a560d25c28d21ad
extend_ledger_partitions() SECURITY DEFINER md5 6bb4837e483d40acd6d0013908113f1d
lock_end(failures integer, at timestamp with time zone, lock jsonb) SECURITY INVOKER md5 22ab6071136e4caf97eda051e8f19349
prune_ledger_partitions(up_to bigint) SECURITY DEFINER md5 f223355cf2add60968213f7e7eab915d
refuse_approval_vote_change() SECURITY INVOKER md5 70c1315ca828be55b215b9392e2c424c
refuse_change() SECURITY INVOKER md5 ff27b46289b51696a715b684be82ad16
refuse_policy_activation_change() SECURITY INVOKER md5 4fd31996f877a5baf2356080dc8d6731

-- Grants
INSERT, SELECT, UPDATE ON api_client_keys TO probity_app
SELECT ON api_client_keys TO probity_reader
INSERT, SELECT, UPDATE ON api_clients TO probity_app
SELECT ON api_clients TO probity_reader
INSERT, SELECT, UPDATE ON approval_requests TO probity_app
SELECT ON approval_requests TO probity_reader
INSERT, SELECT ON approval_votes TO probity_app
SELECT ON approval_votes TO probity_reader
DELETE, INSERT, SELECT ON assertion_ids TO probity_app
SELECT ON audit_checkpoints TO probity_reader
INSERT, SELECT ON audit_checkpoints TO probity_sealer
SELECT ON audit_cosignatures TO probity_reader
INSERT, SELECT ON audit_cosignatures TO probity_sealer
SELECT ON audit_entries TO probity_reader
INSERT, SELECT ON audit_entries TO probity_sealer
INSERT, SELECT ON audit_events TO probity_app
SELECT ON audit_events TO probity_reader
SELECT ON audit_events TO probity_sealer
INSERT, SELECT, UPDATE ON audit_index_keys TO probity_app
SELECT ON audit_index_keys TO probity_reader
SELECT, UPDATE ON audit_index_progress TO probity_app
SELECT ON audit_index_progress TO probity_reader
INSERT, SELECT, UPDATE ON audit_index_subtries TO probity_app
SELECT ON audit_index_subtries TO probity_reader
INSERT ON audit_pending TO probity_app
SELECT ON audit_pending TO probity_reader
DELETE, SELECT, UPDATE ON audit_pending TO probity_sealer
SELECT ON audit_published_checkpoints TO probity_reader
INSERT, SELECT ON audit_published_checkpoints TO probity_sealer
SELECT ON audit_tiles TO probity_reader
INSERT, SELECT ON audit_tiles TO probity_sealer
DELETE, INSERT, SELECT, UPDATE ON authenticators TO probity_app
INSERT, SELECT ON authority_exposures TO probity_app
SELECT ON authority_exposures TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON carrier_outages TO probity_app
SELECT ON carrier_outages TO probity_reader
INSERT, SELECT ON case_links TO probity_app
SELECT ON case_links TO probity_reader
INSERT, SELECT, UPDATE ON case_numbers TO probity_app
SELECT ON case_numbers TO probity_reader
INSERT, SELECT, UPDATE ON cases TO probity_app
SELECT ON cases TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON challenges TO probity_app
INSERT, SELECT, UPDATE ON compliance_reports TO probity_app
SELECT ON compliance_reports TO probity_reader
INSERT, SELECT, UPDATE ON containments TO probity_app
SELECT ON containments TO probity_reader
INSERT, SELECT, UPDATE ON conversations TO probity_app
SELECT ON conversations TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON customer_refresh_tokens TO probity_app
INSERT, SELECT, UPDATE ON customer_sessions TO probity_app
SELECT ON customer_sessions TO probity_reader
DELETE, INSERT, SELECT ON customers TO probity_app
SELECT ON customers TO probity_reader
INSERT, SELECT, UPDATE ON deadlines TO probity_app
SELECT ON deadlines TO probity_reader
INSERT, SELECT, UPDATE ON disputes TO probity_app
SELECT ON disputes TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON factor_recoveries TO probity_app
SELECT ON factor_recoveries TO probity_reader
INSERT, SELECT, UPDATE ON hand_offs TO probity_app
SELECT ON hand_offs TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON idempotency_keys TO probity_app
DELETE, INSERT, SELECT ON ledger_export_pieces TO probity_app
INSERT, SELECT, UPDATE ON ledger_exports TO probity_app
SELECT ON ledger_exports TO probity_reader
INSERT, SELECT ON messages TO probity_app
SELECT ON messages TO probity_reader
INSERT, SELECT, UPDATE ON money_differences TO probity_app
SELECT ON money_differences TO probity_reader
INSERT, SELECT, UPDATE ON notifications TO probity_app
INSERT, SELECT, UPDATE ON pending_intents TO probity_app
SELECT ON pending_intents TO probity_reader
DELETE, INSERT, SELECT ON person_keys TO probity_app
INSERT, SELECT ON policy_activations TO probity_app
SELECT ON policy_activations TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON rate_limits TO probity_app
SELECT ON rate_limits TO probity_reader
INSERT, SELECT ON recorded_key_rotations TO probity_app
SELECT ON recorded_key_rotations TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON recovery_codes TO probity_app
INSERT, SELECT, UPDATE ON refunds TO probity_app
SELECT ON refunds TO probity_reader
SELECT ON sealer_progress TO probity_reader
SELECT, UPDATE ON sealer_progress TO probity_sealer
DELETE, INSERT, SELECT, UPDATE ON sign_in_counters TO probity_app
SELECT ON sign_in_counters TO probity_reader
INSERT, SELECT, UPDATE ON staff TO probity_app
DELETE, INSERT, SELECT, UPDATE ON staff_enrolments TO probity_app
DELETE, INSERT, SELECT, UPDATE ON staff_links TO probity_app
DELETE, INSERT, SELECT, UPDATE ON staff_oidc_identities TO probity_app
DELETE, INSERT, SELECT, UPDATE ON staff_oidc_logins TO probity_app
DELETE, INSERT, SELECT, UPDATE ON staff_recovery_codes TO probity_app
DELETE, INSERT, SELECT, UPDATE ON staff_refresh_tokens TO probity_app
INSERT, SELECT, UPDATE ON staff_sessions TO probity_app
SELECT ON staff_sessions TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON staff_sign_ins TO probity_app
INSERT, SELECT, UPDATE ON tasks TO probity_app
SELECT ON tasks TO probity_reader
DELETE, INSERT, SELECT, UPDATE ON verification_counters TO probity_app
SELECT ON verification_counters TO probity_reader
