# Reads the front matter of each file named, as Jekyll does, and prints [[title, categories, tags], ...] as JSON.
require "yaml"
require "json"
require "date"

FRONT_MATTER = /\A(---\s*\n.*?\n?)^((---|\.\.\.)\s*$\n?)/m

documents = ARGV.map do |file|
  File.read(file, encoding: "UTF-8") =~ FRONT_MATTER or abort "#{file}: no front matter"
  data = YAML.safe_load($1, permitted_classes: [Date, Time])
  [data["title"], data["categories"], data["tags"]]
end
puts JSON.generate(documents)
