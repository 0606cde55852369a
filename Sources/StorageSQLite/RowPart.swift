/// The SQL of one of the two tables that a row can lie in: `p` partition, `s` sort, `v` attributes or where they are.
struct RowPart: Sendable {
    /// The name, as it stands in statements.
    let quoted: String
    /// Stores a row whose key the part does not have; else changes nothing.
    let put: String
    /// Whether it has a row under a key.
    let has: String
    let replace, delete: String

    /// - Parameter quoted: Its name in the file.
    init(quoted: String) {
        self.quoted = quoted
        put = "INSERT INTO \(quoted) (p, s, v) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        has = "SELECT 1 FROM \(quoted) WHERE p = ? AND s = ?"
        replace = "UPDATE \(quoted) SET v = ? WHERE p = ? AND s = ?"
        delete = "DELETE FROM \(quoted) WHERE p = ? AND s = ?"
    }

    var creation: String {
        """
        CREATE TABLE IF NOT EXISTS \(quoted) \
        (p TEXT NOT NULL, s TEXT NOT NULL, v BLOB NOT NULL, PRIMARY KEY (p, s)) WITHOUT ROWID
        """
    }

    /// Rows of a partition (`?1`): sort key and attributes. `conditions` are of the sort key, as `s >= ?2`.
    func range(where conditions: [String] = [], descending: Bool) -> String {
        let clause = (["p = ?1"] + conditions).joined(separator: " AND ")
        return "SELECT s, v FROM \(quoted) WHERE \(clause) ORDER BY s \(descending ? "DESC" : "ASC")"
    }

    /// All rows by key: the key and attributes. `conditions` are of the key, as `p >= ?1`.
    func scan(where conditions: [String]) -> String {
        let clause = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND ")) "
        return "SELECT p, s, v FROM \(quoted) \(clause)ORDER BY p, s"
    }
}
