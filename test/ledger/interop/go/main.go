// Command sumdb exchanges a log with us through a folder, in both directions, with nothing but
// golang.org/x/mod/sumdb for signed notes, hashes, tiles and proofs:
//
//	sumdb make <folder> <origin> <size>  makes a log, signs it, and proves of it what it can
//	sumdb check <folder>                 checks such a folder, whoever made it
//
// The folder holds the log as C2SP tlog-tiles publishes it (checkpoint, tile/…), the verifier key of
// the log in "key", and in "proofs.json" inclusion and consistency proofs. A log that does not check
// ends the program with status 1, a call or folder that cannot be read with 2.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// Proofs is what proofs.json holds; hashes are in base64.
type Proofs struct {
	Inclusion   []Inclusion   `json:"inclusion"`
	Consistency []Consistency `json:"consistency"`
}

// Inclusion says that a leaf stands at an index of the tree of a size and root.
type Inclusion struct {
	LeafIndex int64       `json:"leafIndex"`
	TreeSize  int64       `json:"treeSize"`
	LeafHash  tlog.Hash   `json:"leafHash"`
	RootHash  tlog.Hash   `json:"rootHash"`
	Proof     []tlog.Hash `json:"proof"`
}

// Consistency says that the tree of size Second begins with that of size First.
type Consistency struct {
	First      int64       `json:"first"`
	Second     int64       `json:"second"`
	FirstRoot  tlog.Hash   `json:"firstRoot"`
	SecondRoot tlog.Hash   `json:"secondRoot"`
	Proof      []tlog.Hash `json:"proof"`
}

// errRefused wraps what speaks against a log, as opposed to what keeps it from being read.
var errRefused = errors.New("refused")

func main() {
	report, err := run(os.Args[1:])
	switch {
	case errors.Is(err, errRefused):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println(report)
}

func run(args []string) (string, error) {
	switch {
	case len(args) == 2 && args[0] == "check":
		return check(args[1])
	case len(args) == 4 && args[0] == "make":
		size, err := strconv.ParseInt(args[3], 10, 64)
		if err != nil {
			return "", err
		}
		return makeLog(args[1], args[2], size)
	}
	return "", errors.New("usage: sumdb check <folder> | sumdb make <folder> <origin> <size>")
}

// check reads a log the way a client of tlog-tiles does: the tiles are only believed where they lead
// to the signed root, the entries where they hash to the tiles.
func check(folder string) (string, error) {
	tree, others, err := openCheckpoint(folder)
	if err != nil {
		return "", err
	}
	hashes := tlog.TileHashReader(tree, tileFolder(folder))
	if err := checkEntries(folder, tree, hashes); err != nil {
		return "", err
	}
	var proofs Proofs
	data, err := os.ReadFile(filepath.Join(folder, "proofs.json"))
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(data, &proofs); err != nil {
		return "", refuse("proofs.json", err)
	}
	if err := checkProofs(proofs, hashes); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries, %d inclusion proofs, %d consistency proofs, %d other signatures",
		tree.N, len(proofs.Inclusion), len(proofs.Consistency), others), nil
}

// openCheckpoint also tells how many signatures stand beside the log's own.
func openCheckpoint(folder string) (tree tlog.Tree, others int, err error) {
	key, err := os.ReadFile(filepath.Join(folder, "key"))
	if err != nil {
		return tree, 0, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return tree, 0, refuse("key", err)
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tree, 0, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tree, 0, refuse("checkpoint", err)
	}
	tree, err = parseCheckpoint(opened.Text, verifier.Name())
	return tree, len(opened.UnverifiedSigs), err
}

// parseCheckpoint reads C2SP tlog-checkpoint; tlog.ParseTree knows one origin only, that of sum.golang.org.
func parseCheckpoint(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		return tlog.Tree{}, refuse("checkpoint", errors.New("not three lines under that origin"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[1] != strconv.FormatInt(size, 10) {
		return tlog.Tree{}, refuse("checkpoint", errors.New("not a size"))
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, refuse("checkpoint", err)
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

func checkEntries(folder string, tree tlog.Tree, hashes tlog.HashReader) error {
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return refuse("tiles", err)
	}
	if root != tree.Hash {
		return refuse("tiles", errors.New("they lead to another root"))
	}
	for first := int64(0); first < tree.N; first += tileWidth {
		entries, err := readBundle(folder, first, min(tileWidth, tree.N-first))
		if err != nil {
			return err
		}
		indexes := make([]int64, len(entries))
		for place := range entries {
			indexes[place] = tlog.StoredHashIndex(0, first+int64(place))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			return refuse("leaves", err)
		}
		for place, entry := range entries {
			if tlog.RecordHash(entry) != leaves[place] {
				return refuse("entries", fmt.Errorf("entry %d has another leaf", first+int64(place)))
			}
		}
	}
	return nil
}

// readBundle reads entries each behind its length in 16 bits, big-endian (C2SP tlog-tiles).
func readBundle(folder string, first, width int64) ([][]byte, error) {
	tile := tlog.Tile{H: tileHeight, L: -1, N: first / tileWidth, W: int(width)}
	rest, err := os.ReadFile(filepath.Join(folder, pathOf(tile)))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(rest) >= 2 {
		length := int(binary.BigEndian.Uint16(rest))
		if len(rest) < 2+length {
			break
		}
		entries = append(entries, rest[2:2+length])
		rest = rest[2+length:]
	}
	if len(rest) > 0 || int64(len(entries)) != width {
		return nil, refuse(pathOf(tile), errors.New("not a bundle of that width"))
	}
	return entries, nil
}

// checkProofs also derives each proof anew from the tiles: there is one proof only of a statement.
func checkProofs(proofs Proofs, hashes tlog.HashReader) error {
	for _, p := range proofs.Inclusion {
		what := fmt.Sprintf("inclusion proof of %d in %d", p.LeafIndex, p.TreeSize)
		if err := tlog.CheckRecord(p.Proof, p.TreeSize, p.RootHash, p.LeafIndex, p.LeafHash); err != nil {
			return refuse(what, err)
		}
		own, err := tlog.ProveRecord(p.TreeSize, p.LeafIndex, hashes)
		if err != nil || !isSame(own, p.Proof) {
			return refuse(what, errors.New("not the proof that the tiles give"))
		}
	}
	for _, p := range proofs.Consistency {
		what := fmt.Sprintf("consistency proof from %d to %d", p.First, p.Second)
		if err := tlog.CheckTree(p.Proof, p.Second, p.SecondRoot, p.First, p.FirstRoot); err != nil {
			return refuse(what, err)
		}
		own, err := tlog.ProveTree(p.Second, p.First, hashes)
		if err != nil || !isSame(own, p.Proof) {
			return refuse(what, errors.New("not the proof that the tiles give"))
		}
	}
	return nil
}

func isSame(one, other []tlog.Hash) bool {
	if len(one) != len(other) {
		return false
	}
	for place := range one {
		if one[place] != other[place] {
			return false
		}
	}
	return true
}

func refuse(what string, err error) error {
	return fmt.Errorf("%w: %s: %v", errRefused, what, err)
}

// tileFolder reads the tiles of a folder for tlog.TileHashReader.
type tileFolder string

func (folder tileFolder) Height() int { return tileHeight }

func (folder tileFolder) SaveTiles([]tlog.Tile, [][]byte) {}

func (folder tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for place, tile := range tiles {
		bytes, err := os.ReadFile(filepath.Join(string(folder), pathOf(tile)))
		if err != nil {
			return nil, err
		}
		data[place] = bytes
	}
	return data, nil
}

// pathOf leaves out the tile height, which the paths of tlog-tiles do not carry, and calls the tiles
// of entries by their name there.
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// stored is a log's hashes, at the places that tlog gives them.
type stored []tlog.Hash

func (hashes stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for place, index := range indexes {
		read[place] = hashes[index]
	}
	return read, nil
}

func makeLog(folder, origin string, size int64) (string, error) {
	hashes, entries, err := appendEntries(size)
	if err != nil {
		return "", err
	}
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		return "", err
	}
	if err := writeTiles(folder, size, hashes, entries); err != nil {
		return "", err
	}
	if err := signCheckpoint(folder, origin, tlog.Tree{N: size, Hash: root}); err != nil {
		return "", err
	}
	proofs, err := prove(size, hashes)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(proofs)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries", size), write(folder, "proofs.json", data)
}

// appendEntries chains entries as docs/ledger-log.md says: each names the leaf hash of the one before.
func appendEntries(size int64) (stored, [][]byte, error) {
	var hashes stored
	var entries [][]byte
	var previous tlog.Hash
	for index := int64(0); index < size; index++ {
		entry := fmt.Sprintf(`{"event":{"id":"%d","text":"of Go"},"index":%d,"prev":"%s","v":1}`,
			index, index, hex.EncodeToString(previous[:]))
		added, err := tlog.StoredHashes(index, []byte(entry), hashes)
		if err != nil {
			return nil, nil, err
		}
		hashes = append(hashes, added...)
		entries = append(entries, []byte(entry))
		previous = tlog.RecordHash([]byte(entry))
	}
	return hashes, entries, nil
}

func writeTiles(folder string, size int64, hashes stored, entries [][]byte) error {
	for _, tile := range tlog.NewTiles(tileHeight, 0, size) {
		// Of a tile that grew only its last state is published.
		edge := size>>(tileHeight*tile.L) - tile.N*tileWidth
		if int64(tile.W) < min(tileWidth, edge) {
			continue
		}
		data, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		if err := write(folder, pathOf(tile), data); err != nil {
			return err
		}
	}
	for first := int64(0); first < size; first += tileWidth {
		width := min(tileWidth, size-first)
		var bundle bytes.Buffer
		for _, entry := range entries[first : first+width] {
			binary.Write(&bundle, binary.BigEndian, uint16(len(entry)))
			bundle.Write(entry)
		}
		tile := tlog.Tile{H: tileHeight, L: -1, N: first / tileWidth, W: int(width)}
		if err := write(folder, pathOf(tile), bundle.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func signCheckpoint(folder, origin string, tree tlog.Tree) error {
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, tree.N, tree.Hash)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return err
	}
	if err := write(folder, "checkpoint", signed); err != nil {
		return err
	}
	return write(folder, "key", []byte(public+"\n"))
}

// prove proves some entries of some sizes, and each of these sizes to lead to the others.
func prove(size int64, hashes stored) (Proofs, error) {
	var proofs Proofs
	sizes := sizesUpTo(size)
	for place, second := range sizes {
		secondRoot, err := tlog.TreeHash(second, hashes)
		if err != nil {
			return proofs, err
		}
		for _, index := range []int64{0, second / 3, second - 1} {
			proof, err := tlog.ProveRecord(second, index, hashes)
			if err != nil {
				return proofs, err
			}
			leaf := hashes[tlog.StoredHashIndex(0, index)]
			proofs.Inclusion = append(proofs.Inclusion, Inclusion{index, second, leaf, secondRoot, proof})
		}
		for _, first := range sizes[:place] {
			firstRoot, err := tlog.TreeHash(first, hashes)
			if err != nil {
				return proofs, err
			}
			proof, err := tlog.ProveTree(second, first, hashes)
			if err != nil {
				return proofs, err
			}
			proofs.Consistency = append(proofs.Consistency, Consistency{first, second, firstRoot, secondRoot, proof})
		}
	}
	return proofs, nil
}

// sizesUpTo names the sizes around each power of two, and the last.
func sizesUpTo(size int64) []int64 {
	sizes := []int64{1}
	for power := int64(2); power <= size; power *= 2 {
		for near := power - 1; near <= power+1; near++ {
			if near > sizes[len(sizes)-1] && near < size {
				sizes = append(sizes, near)
			}
		}
	}
	if size > 1 {
		sizes = append(sizes, size)
	}
	return sizes
}

func write(folder, path string, data []byte) error {
	full := filepath.Join(folder, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, data, 0o644)
}

func min(one, other int64) int64 {
	if one < other {
		return one
	}
	return other
}
