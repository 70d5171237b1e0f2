// What every operator's command is given: which data directory, and whether a server holds it.
//
// With --url a server elsewhere is asked over HTTP (cli/remote_session.h), where a command has
// that. Without --online the command opens the directory itself, which a running server refuses;
// with it, the server of that directory is asked (admin/admin_client.h). The operations are the
// same.
#pragma once

#include "admin/lines.h"
#include "admin/operate.h"
#include "base/clock.h"
#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/store_options.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

class CommandLine;

// A server elsewhere, and the token for it.
struct RemoteOptions {
    std::string url;      // empty: none was named
    bool offered = false; // the command has these options
    std::string admin_token_file;
    std::string ca_file;
};

struct OperatorOptions {
    std::string data = "./ds-data";
    bool online = false;
    bool json = false;
    StoreChoice store;
    bool needs_store = true;
    RemoteOptions remote;
};

// States --data and the options of the store, --online and --json.
void add_data_option(CommandLine& line, OperatorOptions& options);
void add_operator_options(CommandLine& line, OperatorOptions& options);
// The same for what is done without the store.
void add_storeless_options(CommandLine& line, OperatorOptions& options);

enum class Rotation { off, on };

class OperatorSession {
public:
    // Opens the directory, or finds its server. Makes nothing: a typo is Fault::invalid.
    // Segments move to the store only where that is the command's affair.
    static Result<std::unique_ptr<OperatorSession>> open(OperatorOptions const& options,
                                                         Rotation rotation = Rotation::off);
    virtual ~OperatorSession() = default;
    OperatorSession(OperatorSession const&) = delete;
    OperatorSession& operator=(OperatorSession const&) = delete;

    // Carries out an operation (admin/operate.h), with a progress line on a terminal.
    Result<Outcome> run(std::string_view operation, std::string_view arguments);
    // How a command ends after a fault of run(), where the fault alone says too little.
    virtual std::optional<ExitCode> code() const { return std::nullopt; }
    // Whether there is what a scope names. A project, or all, is there in any case.
    Result<bool> has(std::string const& scope);
    // Whether there is a project of this name, or a stream in it.
    Result<bool> has_project(std::string const& name);

protected:
    OperatorSession() = default;
    // An error when the operation could not be asked for.
    virtual Result<void> send(std::string_view operation, std::string_view arguments,
                              LineSink const& sink) = 0;
};

// The arguments of an operation that takes a scope alone.
std::string scope_arguments(std::string const& scope);

// Empty for what can be the name of a data directory.
std::string wrong_with_directory(std::string const& path);
// Fault::invalid unless `path` is a data directory.
Result<void> check_data_directory(std::string const& path);
// The same error, told with the next command to try when a server holds the directory.
Error when_held(Error error, std::string const& data);

// Prints what an operation came to: JSON where that was asked for, else the text.
ExitCode print_result(OperatorOptions const& options, std::string const& json,
                      std::string const& text);
// Says that the stream of a scope is not there.
ExitCode fail_absent(std::string const& scope);

// A line of progress for what is done without a session, and the Tick that draws it.
class TickProgress {
public:
    TickProgress();
    upkeep::Tick tick();
    void clear() { progress_.clear(); }

private:
    SystemClock clock_;
    Progress progress_;
};

} // namespace ds
