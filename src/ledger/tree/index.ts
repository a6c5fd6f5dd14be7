/**
 * The arithmetic of a transparency log, pure and complete: it imports nothing but `node:crypto`, so
 * that a verifier can be lifted out and run where nothing else of the product is.
 *
 * The log is a list of entries. Each is hashed to a leaf, leaves pair up to nodes, nodes to a root
 * (RFC 6962 §2.1, RFC 9162 §2.1):
 *
 *     leaf  = SHA-256(0x00 ‖ entry)
 *     node  = SHA-256(0x01 ‖ left ‖ right)
 *     empty = SHA-256("")
 *
 * where a tree of n leaves splits at k, the largest power of two below n. Of three entries A, B, C:
 *
 *              root = node(ab, c)
 *             /                  \
 *      ab = node(a, b)            c = leaf(C)
 *       /          \
 *   a = leaf(A)   b = leaf(B)
 *
 * That B stands at index 1 of three is proved by [a, c]; that the tree of two, root ab, grew into
 * this one by [c]. The root is signed with size and origin as a checkpoint (C2SP tlog-checkpoint) in
 * a signed note (C2SP signed-note):
 *
 *     bank.example/ledger
 *     3
 *     <base64 of the root>
 *
 *     — bank.example/ledger <base64 of key id and signature>
 */
export * from './base64.js';
export * from './canonical-json.js';
export * from './checkpoint.js';
export * from './consistency-proof.js';
export * from './cosignature.js';
export * from './entry.js';
export * from './hash.js';
export * from './inclusion-proof.js';
export * from './key-index.js';
export * from './merkle-tree.js';
export * from './proof-file.js';
export * from './signed-note.js';
export * from './subtree.js';
export * from './tile.js';
export * from './witness-policy.js';
