import Foundation
import WhiplashSettings

/// The values of settings: flags over the environment over the file `.env` of this folder.
func settingValues(flags: [String: String] = [:]) throws -> [String: String] {
    let file = (try? String(contentsOfFile: ".env", encoding: .utf8)) ?? ""
    return Settings.merged(
        flags: flags, environment: ProcessInfo.processInfo.environment,
        dotenv: try explained { try DotEnv(parsing: file).values })
}

/// Says why something failed in the error's own words, and not which Swift type it has.
func explained<Output>(_ body: () throws -> Output) throws -> Output {
    do {
        return try body()
    } catch let error as CommandFailure {
        throw error
    } catch {
        throw CommandFailure("\(error)", code: error is SettingsError ? .refused : .other)
    }
}
