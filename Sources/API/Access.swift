/// What the holder of a key may do.
struct Access: Sendable, Equatable {
    /// What an operation needs; each route names one, and none includes another.
    enum Scope: String, CaseIterable, Sendable {
        /// Reads and searches.
        case read
        /// Stores, changes and removes items.
        case write
        /// Makes and removes projects and collections, and tends them.
        case admin
    }

    var scopes: Set<Scope>
    /// The projects it is limited to; nil is all.
    var projects: Set<String>?
    /// What the key is called where its totals are told; never the key.
    var keyName = ownerName

    static let ownerName = "owner"

    static let everything = Access(scopes: Set(Scope.allCases), projects: nil)

    func allows(project: String) -> Bool { projects?.contains(project) ?? true }

    /// Throws `forbidden` when a route, or the project in its path, is beyond what the key may do.
    func check(_ scope: Scope, project: String?) throws(Problem) {
        guard scopes.contains(scope) else {
            throw Problem(.forbidden, "The API key has not the scope '\(scope.rawValue)', which this needs.")
        }
        if let project { try check(project: project) }
    }

    /// Throws `forbidden` for a project that the key is not for.
    func check(project: String) throws(Problem) {
        guard allows(project: project) else {
            throw Problem(.forbidden, "The API key is not for this project.")
        }
    }
}
