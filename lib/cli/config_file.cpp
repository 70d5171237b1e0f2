// --config FILE through CLI11's TOML reader, with the environment put above the file.
#include "cli/config_file.h"

#include "cli/environment.h"
#include "cli/suggest.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <istream>
#include <memory>
#include <vector>

namespace ds {
namespace {

// CLI11 reads the file first and then asks the environment only for options that are still empty.
// Leaving out of the file what the environment says puts the two in the right order.
class BelowEnvironment final : public CLI::ConfigTOML {
public:
    explicit BelowEnvironment(CLI::App const& app) : app_(app) {}

    std::vector<CLI::ConfigItem> from_config(std::istream& file) const override {
        auto settings = CLI::ConfigTOML::from_config(file);
        for (auto const& item : settings)
            check_known(item);
        std::erase_if(settings, [&](auto const& item) { return in_environment(item); });
        return settings;
    }

private:
    // A misspelt setting must not go unnoticed, and CLI11's own message hardly helps to find it.
    void check_known(CLI::ConfigItem const& item) const {
        if (!item.parents.empty())
            throw CLI::ConfigError("the config file has a section [" + item.parents.front() +
                                   "]; settings stand in none");
        auto const known = app_.get_option_no_throw("--" + item.name);
        if (known != nullptr && known->get_configurable()) return;
        if (known != nullptr)
            throw CLI::ConfigError("the config file sets '" + item.name +
                                   "', which stands in no file; give it otherwise");
        auto what = "the config file sets '" + item.name + "', which is no option";
        std::vector<std::string> names;
        for (auto const* option : app_.get_options())
            if (!option->get_lnames().empty()) names.push_back(option->get_lnames().front());
        if (auto const near = nearest(item.name, names)) what += "; did you mean " + *near;
        throw CLI::ConfigError(what);
    }

    bool in_environment(CLI::ConfigItem const& item) const {
        auto const* option = app_.get_option_no_throw("--" + item.name);
        return !environment_value(option->get_envname()).empty();
    }

    CLI::App const& app_;
};

} // namespace

void add_config_file(CLI::App& app, std::string const& environment) {
    app.config_formatter(std::make_shared<BelowEnvironment>(app));
    // CLI11 looks for the file before it looks at the environment, so the name must be there early.
    auto const preset = environment_value(environment);
    app.set_config("--config", preset, "Read options from this TOML file", !preset.empty())
        ->type_name("FILE")
        ->envname(environment);
}

std::string effective_config(CLI::App const& app) {
    return app.config_to_str(true, true);
}

} // namespace ds
