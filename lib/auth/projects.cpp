// The registry of projects: one change at a time, first on the disk, then in memory.
#include "auth/projects.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "storage/directory_facts.h"

#include <utility>

namespace ds {

namespace {

constexpr std::size_t k_reader_key_bytes = 16;

} // namespace

Project const* Projects::Directory::find(std::string_view name) const {
    auto const found = projects.find(name);
    return found == projects.end() ? nullptr : found->second.get();
}

Result<std::unique_ptr<Projects>> Projects::open(std::string const& data) {
    auto table = TRY(ProjectTable::open(data));
    Directory directory;
    TRY(table.each([&](ProjectRow row) -> Result<void> {
        // As it was imported, maybe: what is kept may be less strict than what is set.
        auto settings = import_settings(row.settings);
        if (!settings)
            return Error{Fault::corrupt, "project " + row.name + ": " + settings.error().what};
        Project project{row.name, *std::move(settings), from_count_ms(row.created_ms)};
        directory.projects.emplace(row.name, std::make_shared<Project const>(std::move(project)));
        return {};
    }));
    TRY(table.each_reader_key([&](std::string_view stream, std::uint64_t changes) {
        directory.reader_keys.emplace(stream, changes);
    }));
    // Of a directory of before, projects are the fact.
    directory.had_any = TRY(fact_of(data, k_fact_projects)).has_value();
    if (!directory.had_any && !directory.projects.empty()) {
        TRY(set_fact_of(data, k_fact_projects, "yes"));
        directory.had_any = true;
    }
    std::unique_ptr<Projects> projects(new Projects(data, std::move(table)));
    projects->publish(std::move(directory));
    return projects;
}

std::shared_ptr<Projects::Directory const> Projects::directory() const {
    return *directory_.lock();
}

Result<std::shared_ptr<Project const>> Projects::get(std::string_view name) const {
    auto const all = directory();
    auto const found = all->projects.find(name);
    if (found != all->projects.end()) return found->second;
    return Error{Fault::missing, "Project \"" + std::string(name) + "\" not found"};
}

void Projects::publish(Directory next) {
    next.any_origins = false;
    for (auto const& [name, project] : next.projects)
        next.any_origins = next.any_origins || !project->settings.cors_origins.empty();
    *directory_.lock() = std::make_shared<Directory const>(std::move(next));
    version_.fetch_add(1, std::memory_order_acq_rel);
}

Result<void> Projects::keep(Project project) {
    auto next = *directory();
    bool const first = !next.had_any;
    // In this order: a stop in between leaves a directory that is closed and has no project.
    if (first) TRY(set_fact_of(data_, k_fact_projects, "yes"));
    next.had_any = true;
    auto const text = write_settings(project.settings, Secrets::shown);
    TRY(table_.put({project.name, text, count_ms(project.created)}));
    auto const name = project.name;
    bool const made = next.find(name) == nullptr;
    next.projects[name] = std::make_shared<Project const>(std::move(project));
    publish(std::move(next));
    if (made && tell_) tell_(name, first ? News::first : News::created);
    return {};
}

Result<void> Projects::create(std::string_view name, ProjectSettings settings, Millis now) {
    TRY(check_project_name(name));
    std::lock_guard const alone(changing_);
    if (directory()->find(name) != nullptr)
        return Error{Fault::busy, "there is a project " + std::string(name) + " already"};
    return keep({std::string(name), std::move(settings), now});
}

Result<bool> Projects::put(std::string_view name, ProjectSettings settings, Millis now) {
    TRY(check_project_name(name));
    std::lock_guard const alone(changing_);
    auto const before = directory();
    auto const* const known = before->find(name);
    bool const created = known == nullptr;
    TRY(keep({std::string(name), std::move(settings), created ? now : known->created}));
    return created;
}

Result<void> Projects::change(std::string_view name, Change const& change) {
    std::lock_guard const alone(changing_);
    auto const known = TRY(get(name));
    auto project = *known;
    TRY(change(project.settings));
    if (project.settings == known->settings) return {};
    return keep(std::move(project));
}

Result<void> Projects::remove(std::string_view name) {
    std::lock_guard const alone(changing_);
    TRY(get(name));
    TRY(table_.remove(name));
    auto next = *directory();
    next.projects.erase(std::string(name));
    auto const prefix = std::string(name) + "/";
    std::erase_if(next.reader_keys, [&](auto const& key) { return key.first.starts_with(prefix); });
    publish(std::move(next));
    if (tell_) tell_(name, News::removed);
    return {};
}

std::string Projects::reader_key(Directory const& known, StreamName const& name,
                                 std::int64_t stream) const {
    auto const changed = known.reader_keys.find(name.full());
    auto const changes = changed == known.reader_keys.end() ? 0 : changed->second;
    // The identity of a stream is never used again: a stream made anew has another key.
    auto const of = name.full() + "\n" + std::to_string(stream) + "\n" + std::to_string(changes);
    return "rk_" + hex_encode(hmac_sha256(table_.secret(), of).substr(0, k_reader_key_bytes));
}

Result<void> Projects::change_reader_key(StreamName const& name) {
    std::lock_guard const alone(changing_);
    auto next = *directory();
    auto const changes = next.reader_keys[name.full()] + 1;
    TRY(table_.set_reader_key(name.full(), changes));
    next.reader_keys[name.full()] = changes;
    publish(std::move(next));
    return {};
}

Result<void> check_project_name(std::string_view name) {
    auto made = make_stream_name(name, "any");
    if (!made) return std::move(made).error();
    bool const taken = is_reserved(*made) || is_word_of_routes(name);
    if (name == k_default_project || !taken) return {};
    return Error{Fault::invalid, "the name " + std::string(name) + " is reserved"};
}

} // namespace ds
