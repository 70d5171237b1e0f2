// The only file that sees CLI11.
#include "cli/command_line.h"

#include "base/encoding.h"
#include "cli/config_file.h"
#include "cli/environment.h"
#include "cli/option_words.h"
#include "cli/suggest.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <istream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ds {

struct StatedOption {
    CLI::Option* option;
    std::string takes;       // CLI11 adds what checks say of themselves
    Whole whole = Whole::no; // texts too: they are sent as they are
    Measure measure = Measure::plain;
};

struct CommandLine::Parser {
    explicit Parser(std::string const& summary) : app(summary) {}

    // Adds it to `app` and `stated`.
    CLI::Option& state(OptionSpec const& spec, std::string const& heading);

    CLI::App app;
    std::vector<StatedOption> stated;
    std::vector<std::string> variables;        // besides those of options
    std::set<std::string> typed;               // "--listen"
    std::map<std::string, std::string> placed; // "--listen": "ds.toml, line 3: listen"
    CLI::Option* help = nullptr;
};

namespace {

// What is said for a value is a number of this type, if it is one.
template <typename T>
struct NumberIn {
    using Type = T;
};
template <typename T>
struct NumberIn<std::optional<T>> {
    using Type = T;
};

template <typename T>
StatedOption add_to(CLI::App& app, OptionSpec const& spec, T& value) {
    using Number = typename NumberIn<T>::Type;
    if constexpr (std::is_same_v<T, bool>) {
        return {app.add_flag(spec.name, value, spec.help), ""};
    } else {
        auto* const option = app.add_option(spec.name, value, spec.help);
        StatedOption stated{option, option->get_type_name()};
        if constexpr (!std::is_floating_point_v<Number>) stated.whole = Whole::yes;
        if constexpr (std::is_same_v<T, std::vector<std::string>>)
            option->default_str(CLI::detail::join(value, ","));
        return stated;
    }
}

// What a range says of a value with a unit: bounds are shown as people would write them.
std::string outside(std::string const& number, Measure measure, double least, double most) {
    auto const shown = [&](double value) {
        std::ostringstream text;
        text << std::setprecision(17) << value;
        return with_unit(text.str(), measure);
    };
    double value = 0;
    if (CLI::detail::lexical_cast(number, value) && value >= least && value <= most) return {};
    return with_unit(number, measure) + " is not between " + shown(least) + " and " + shown(most);
}

// The same for a value without a unit.
std::string no_such_number(std::string const& number, Whole whole, double least, double most) {
    double value = 0;
    if (!CLI::detail::lexical_cast(number, value)) return number + " is no number";
    if (whole == Whole::yes && std::floor(value) != value) return number + " is no whole number";
    return outside(number, Measure::plain, least, most);
}

OptionRow row_of(CLI::Option const& option, std::string const& takes, Measure measure) {
    OptionRow row;
    row.measure = measure;
    auto const positional = option.get_lnames().empty() && option.get_snames().empty();
    if (positional) row.long_name = option.get_name(true);
    if (!option.get_lnames().empty()) row.long_name = "--" + option.get_lnames().front();
    if (!option.get_snames().empty()) row.short_name = "-" + option.get_snames().front();
    row.takes = takes;
    row.help = option.get_description();
    row.environment = option.get_envname();
    row.choices = choices_in(takes);
    if (!takes.empty()) row.preset = option.get_default_str();
    if (row.preset == "[]") row.preset.clear();
    row.group = option.get_group();
    row.required = option.get_required();
    row.many = option.get_expected_max() > 1;
    return row;
}

// CLI11 reads the file first and then asks the environment only for options that are still empty.
// Leaving out of the file what the environment says puts the two in the right order.
class BelowEnvironment final : public CLI::ConfigTOML {
public:
    // `placed` is told where each option is set.
    BelowEnvironment(CLI::App const& app, std::map<std::string, std::string>& placed)
        : app_(app),
          placed_(placed) {}

    std::vector<CLI::ConfigItem> from_config(std::istream& stream) const override {
        auto const file = app_.get_config_ptr()->as<std::string>();
        std::string const text(std::istreambuf_iterator<char>(stream), {});
        auto const settings = read_settings(text);
        if (!settings) throw CLI::ConfigError(file + ", " + settings.error().what);
        std::vector<CLI::ConfigItem> taken;
        for (auto const& setting : *settings) {
            auto const where = file + ", line " + std::to_string(setting.line) + ": ";
            if (auto const what = wrong_with(setting); !what.empty())
                throw CLI::ConfigError(where + what);
            auto const* option = option_of(setting);
            placed_.emplace("--" + setting.name, where + setting.name);
            if (!environment_value(option->get_envname()).empty() || setting.values.empty())
                continue;
            auto const before = std::ranges::find(taken, setting.name, &CLI::ConfigItem::name);
            if (before == taken.end()) {
                auto& item = taken.emplace_back();
                item.name = setting.name;
                item.inputs = setting.values;
            } else if (option->get_expected_max() > 1) {
                before->inputs.insert(before->inputs.end(), setting.values.begin(),
                                      setting.values.end());
            } else {
                throw CLI::ConfigError(where + "'" + setting.name + "' is set a second time");
            }
        }
        return taken;
    }

private:
    CLI::Option const* option_of(Setting const& setting) const {
        return app_.get_option_no_throw("--" + setting.name);
    }

    // CLI11's own message hardly helps to find a misspelt setting.
    std::string wrong_with(Setting const& setting) const {
        auto const name = "'" + setting.name + "'";
        auto const* known = option_of(setting);
        if (known == nullptr) {
            std::vector<std::string> names;
            for (auto const* option : app_.get_options())
                if (!option->get_lnames().empty() && option->get_configurable())
                    names.push_back(option->get_lnames().front());
            auto const near = nearest(setting.name, names);
            return name + " is no option" + (near ? "; did you mean " + *near : "");
        }
        if (!known->get_configurable()) return name + " stands in no file; give it otherwise";
        auto const takes_none = known->get_expected_min() == 0;
        if (setting.bare && !takes_none)
            return name + " has no value; write " + setting.name + " = VALUE";
        if (known->get_expected_max() <= 1 && setting.values.size() > 1)
            return name + " takes one value; text with blanks or commas stands between quotes";
        if (takes_none && !is_switch_value(setting.values))
            return name + " is a switch: write true or false";
        return {};
    }

    static bool is_switch_value(std::vector<std::string> const& values) {
        return values.size() == 1 && (values.front() == "true" || values.front() == "false");
    }

    CLI::App const& app_;
    std::map<std::string, std::string>& placed_;
};

void read_units(CLI::Option& option, Measure measure, Whole whole) {
    if (auto const preset = option.get_default_str(); !preset.empty())
        option.default_str(with_unit(preset, measure));
    auto const read = [measure, whole](std::string& text) {
        auto number = plain_number(text, measure, whole);
        if (!number) return std::move(number).error().what;
        text = *std::move(number);
        return std::string();
    };
    option.transform(CLI::Validator(read, ""));
}

std::string spell_out_media_type(std::string& text) {
    if (text == "json") text = "application/json";
    if (text == "text") text = "text/plain";
    if (text == "bytes") text = "application/octet-stream";
    return text.find('/') != std::string::npos
               ? std::string()
               : text + " is no media type; write it as application/json, or json, text "
                        "or bytes for short";
}

// "--keep-hot": "DS_KEEP_HOT"
std::string variable_of(OptionSpec const& spec) {
    std::string name = "DS_";
    for (char const c : std::string_view(spec.name).substr(2))
        name.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(c)));
    return name;
}

} // namespace

CLI::Option& CommandLine::Parser::state(OptionSpec const& spec, std::string const& heading) {
    auto one = std::visit([&](auto* value) { return add_to(app, spec, *value); }, spec.into);
    auto const& terms = spec.takes;
    auto& option = *one.option;
    option.group(heading);
    if (!terms.word.empty()) {
        one.takes = terms.word;
        option.type_name(terms.word);
    }
    one.measure = terms.measure;
    if (terms.measure != Measure::plain) read_units(option, terms.measure, one.whole);
    if (terms.is_media_type) option.transform(CLI::Validator(spell_out_media_type, ""));
    if (terms.only_choices) option.check(CLI::IsMember(choices_in(terms.word)));
    if (terms.range)
        option.check([measure = one.measure, whole = one.whole,
                      range = *terms.range](std::string const& number) {
            return measure == Measure::plain
                       ? no_such_number(number, whole, range.first, range.second)
                       : outside(number, measure, range.first, range.second);
        });
    if (terms.wrong) option.check(terms.wrong);
    if (terms.separator != '\0') option.delimiter(terms.separator);
    option.required(terms.is_required);
    for (auto const& name : terms.excluded)
        option.excludes(app.get_option(name));
    for (auto const& name : terms.needed)
        option.needs(app.get_option(name));
    stated.push_back(std::move(one));
    return option;
}

CommandLine::CommandLine(std::string const& summary) : parser_(std::make_unique<Parser>(summary)) {
    parser_->help = parser_->app.set_help_flag("-h,--help", "Show this help");
    parser_->app.option_defaults()->always_capture_default();
}

CommandLine::~CommandLine() = default;

void CommandLine::options(OptionSpecs const& specs, std::string const& heading) {
    for (auto const& spec : specs)
        parser_->state(spec, heading).configurable(false);
}

void CommandLine::settings(OptionSpecs const& specs, std::string const& heading) {
    for (auto const& spec : specs)
        parser_->state(spec, heading)
            .configurable(!spec.takes.is_secret)
            ->envname(variable_of(spec));
}

void CommandLine::add_config_file(std::string const& variable) {
    auto& app = parser_->app;
    app.config_formatter(std::make_shared<BelowEnvironment>(app, parser_->placed));
    // CLI11 looks for the file before it looks at the environment, so the name must be there early.
    auto const preset = environment_value(variable);
    auto* const option =
        app.set_config("--config", preset, "Read options from this TOML file", !preset.empty());
    option->envname(variable);
    option->type_name("FILE");
    parser_->stated.push_back({option, "FILE"});
}

Result<CommandLine::Wanted> CommandLine::read(std::vector<std::string> words) {
    auto& app = parser_->app;
    for (auto const& word : words)
        if (word.starts_with("--")) parser_->typed.insert(word.substr(0, word.find('=')));
    try {
        // CLI11 takes words from the back.
        std::reverse(words.begin(), words.end());
        app.parse(std::move(words));
        return Wanted::action;
    } catch (CLI::CallForHelp const&) {
        return Wanted::help;
    } catch (CLI::ExtrasError const& error) {
        auto const extras = app.remaining();
        return Error{Fault::invalid,
                     extras.empty() ? error.what() : unexpected(extras.front(), rows())};
    } catch (CLI::FileError const&) {
        auto const file = app.get_config_ptr()->as<std::string>();
        std::error_code failed;
        auto const what = std::filesystem::is_directory(file, failed)
                              ? file + " is a directory"
                              : "there is no file " + file + ", or it cannot be read";
        return Error{Fault::invalid, as_said("--config: " + what)};
    } catch (CLI::ConfigError const& error) {
        return Error{Fault::invalid, error.what()};
    } catch (CLI::ConversionError const& error) {
        return Error{Fault::invalid, as_said(unreadable_value(error.what()))};
    } catch (CLI::ParseError const& error) {
        return Error{Fault::invalid, as_said(error.what())};
    }
}

std::string CommandLine::as_said(std::string what) const {
    auto const rows = this->rows();
    auto const first = first_option_in(what, rows);
    if (!first || parser_->typed.contains(first->row->long_name)) return what;
    auto const& name = first->row->long_name;
    auto said = first->row->environment;
    if (environment_value(said).empty()) {
        auto const line = parser_->placed.find(name);
        said = line == parser_->placed.end() ? name : line->second;
    }
    return what.replace(first->at, name.size(), said);
}

void CommandLine::also_reads(std::string variable) {
    parser_->variables.push_back(std::move(variable));
}

std::vector<std::string> CommandLine::variables() const {
    auto names = parser_->variables;
    for (auto const& row : rows())
        if (!row.environment.empty()) names.push_back(row.environment);
    return names;
}

std::vector<OptionRow> CommandLine::rows() const {
    std::vector<OptionRow> rows;
    for (auto const& stated : parser_->stated)
        rows.push_back(row_of(*stated.option, stated.takes, stated.measure));
    rows.push_back(row_of(*parser_->help, "", Measure::plain));
    return rows;
}

bool CommandLine::given(std::string const& name) const {
    return parser_->app.count(name) > 0;
}

std::string CommandLine::effective_config() const {
    auto const& app = parser_->app;
    std::istringstream lines(app.config_to_str(true, true));
    std::string page = "# What stands in a comment is the default.\n";
    for (std::string line; std::getline(lines, line); page.push_back('\n')) {
        auto const* const option = app.get_option_no_throw("--" + line.substr(0, line.find('=')));
        if (option != nullptr && option->count() == 0) page.push_back('#');
        page += line;
    }
    return page;
}

} // namespace ds
