/// A method and a path's template, and the operation behind them.
public struct Route: Sendable {
    /// Upper case.
    public let method: String
    /// With parameters in braces, as OpenAPI writes them: `/projects/{projectId}`.
    public let template: String
    public let operationId: String
    /// What a key has to have for it.
    let scope: Access.Scope
    let operation: any Operation.Type
    private let parts: [Part]

    private enum Part: Sendable {
        case literal(String)
        case parameter(String)
    }

    init(
        _ method: String, _ template: String, _ operationId: String, _ scope: Access.Scope,
        _ operation: any Operation.Type
    ) {
        self.method = method
        self.template = template
        self.operationId = operationId
        self.scope = scope
        self.operation = operation
        parts = template.split(separator: "/").map { part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// The parameters of a path of this template; nil when the path is of another.
    func parameters(of path: Path) -> [String: String]? {
        guard path.segments.count == parts.count else { return nil }
        // Most routes end here, and a dictionary is made for the one that is meant.
        for case (.literal(let literal), let segment) in zip(parts, path.segments) where segment != literal {
            return nil
        }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, path.segments) {
            guard case .parameter(let name) = part else { continue }
            if segment.isEmpty { return nil }
            parameters[name] = segment
        }
        return parameters
    }
}
