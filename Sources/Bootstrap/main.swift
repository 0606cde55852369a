import API
import APIGateway
import Assembly
import FoundationEssentials
import HTTPClient
import LambdaRuntime
import Logging
import StorageDynamoDB
import Whiplash
import WhiplashSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

// The Lambda function: settings, the store, the API, and then events for ever. What is made here is kept small,
// since every cold start pays for it; connections and configurations come with the first request.

let environment = ProcessInfo.processInfo.environment
let logger = Logger(label: "whiplash") { _ in JSONLogHandler(environment: environment) }

guard let runtimeHost = environment["AWS_LAMBDA_RUNTIME_API"] else {
    logger.critical("AWS_LAMBDA_RUNTIME_API is not set: this program runs in AWS Lambda. At home, run whiplash serve.")
    exit(1)
}

let loop = RuntimeLoop(
    host: runtimeHost, transport: try CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false)), logger: logger,
    now: { Int64(Date().timeIntervalSince1970 * 1000) })

do {
    let settings = try Settings(environment, defaultStore: .dynamodb)
    guard settings.store == .dynamodb else {
        throw InvocationFailure(
            type: "Runtime.InvalidSettings", message: "WHIPLASH_STORE: expected dynamodb, received \(settings.store)")
    }
    let store = try DynamoDBStore(settings: settings, values: environment)
    let router = Router(
        database: Database(store: store, settings: settings), apiKey: settings.apiKey?.revealed, limits: .lambda
    ) { failure in
        logger.error(
            "\(failure.reason)",
            metadata: [
                "operation": "\(failure.operationId ?? "none")", "status": "\(failure.status)", "code": "\(failure.code)",
            ])
    }
    let gateway = Gateway { request in await router.respond(to: request) }
    await loop.run { invocation in await gateway.answer(to: invocation.event) }
} catch {
    let failure = (error as? InvocationFailure) ?? InvocationFailure(type: "Runtime.InvalidSettings", message: "\(error)")
    await loop.failInitialisation(failure)
}
exit(1)
