import API
import ArgumentParser

/// Prints the route table for what checks `api.yaml` and `serverless.yml` against it.
struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "Print each route: method, path, operationId.", shouldDisplay: false)

    func run() {
        for route in Router.routes { print(route.method, route.template, route.operationId) }
    }
}
