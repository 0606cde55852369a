import APIGateway
import FoundationEssentials
import HTTPClient
import LambdaRuntime
import Logging

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
    logger.critical("AWS_LAMBDA_RUNTIME_API is not set: this is for Lambda. At home, run whiplash serve.")
    exit(1)
}

guard let transport = try? CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false)) else {
    logger.critical("libcurl does not start.")
    exit(1)
}

let loop = RuntimeLoop(
    host: runtimeHost, transport: transport, logger: logger,
    now: { Int64(Date().timeIntervalSince1970 * 1000) })

do throws(InvocationFailure) {
    let gateway = try Gateway(environment: environment, logger: logger)
    await loop.run { invocation in
        await gateway.answer(to: invocation.event, deadline: invocation.deadline)
    }
} catch {
    await loop.failInitialisation(error)
}
exit(1)
