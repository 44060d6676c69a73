# Completes the command line of quarantine-report in bash. Behind the function
# _quarantine_report_table, which sets:
#   commands
#   options  all of them, with = where an argument must or may follow
#   options_of  the same for each command
#   parts_of  what may follow a command at once
#   takes    what follows "--name=", "--name" or "-x": words, or one of the kinds below
#   columns, groups  what the lists of --columns and --group-by may hold

# The profiles of the configuration files, a line each.
_quarantine_report_profiles()
{
	sed -n 's/^[[:blank:]]*\[profile[[:blank:]]\{1,\}\([^]]*[^][:blank:]]\)[[:blank:]]*\].*/\1/p' \
		/etc/quarantine-report.conf \
		"${XDG_CONFIG_HOME:-$HOME/.config}/quarantine-report/config" 2>/dev/null
}

# Leaves of words, which the caller has, those that begin with what was typed.
_quarantine_report_choose()
{
	local word
	local -a all=("${words[@]}")

	words=()
	for word in "${all[@]}"; do
		[[ $word == "$1"* ]] && words+=("$word")
	done
}

# Offers what an option takes. Quotes, which readline leaves in what was typed, are taken off first.
_quarantine_report_value()
{
	local kind=$1 typed=${2//[\\\"\']/} before=$3 word
	local -a words=()

	case $kind in
	@any) return ;;
	@file) mapfile -t words < <(compgen -f -- "$typed") ;;
	@folder) mapfile -t words < <(compgen -d -- "$typed") ;;
	@host) mapfile -t words < <(compgen -A hostname -- "$typed") ;;
	@profile)
		mapfile -t words < <(_quarantine_report_profiles)
		_quarantine_report_choose "$typed"
		;;
	@zone)
		mapfile -t words < <(awk '!/^#/ { print $3 } END { print "UTC" }' \
			"${TZDIR:-/usr/share/zoneinfo}/zone.tab" 2>/dev/null)
		_quarantine_report_choose "$typed"
		;;
	@columns | @groups)
		[[ $typed == *,* ]] && before+=${typed%,*},
		typed=${typed##*,}
		[[ $kind == @groups ]] && columns=("${groups[@]}")
		for word in "${columns[@]}"; do
			[[ ${word,,} == "${typed,,}"* ]] && words+=("$word")
		done
		compopt -o nospace 2>/dev/null
		;;
	*) mapfile -t words < <(compgen -W "$kind" -- "$typed") ;;
	esac
	# Readline quotes blanks in the names of files, and of columns as if they were.
	[[ $kind == @* && $kind != @zone ]] && compopt -o filenames 2>/dev/null
	COMPREPLY=("${words[@]/#/$before}")
}

# The first word before the cursor that is no option, nor what one takes, nor a file to merge: when
# it is a command, only its options are offered; and there will be no other command.
_quarantine_report_command()
{
	local i word before

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]} before=${COMP_WORDS[i - 1]}
		if [[ -n ${takes[$before]-} || $word == [=:@]* || $before == [=:@]* ]]; then
			continue
		elif [[ $word == -- || $word == --merge ]]; then
			commands=()
		elif [[ $word != -* ]]; then
			[[ -n ${options_of[$word]-} ]] && options=("${options_of[$word]}")
			commands=()
			((i == COMP_CWORD - 1)) && commands=("${parts_of[$word]-}")
		else
			continue
		fi
		return
	done
}

# Files are read by the command for reports, unless a server is named.
_quarantine_report_reads_files()
{
	local words=" ${COMP_WORDS[*]} "

	[[ $words == *" history import "* ]] && return
	[[ $words != *" -s"* && $words != *" --imaphost"* && " ${options[*]} " == *" --merge "* &&
		$words != *" show-config "* ]]
}

_quarantine_report()
{
	local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
	local -a commands options columns groups
	local -A takes options_of parts_of

	_quarantine_report_table
	_quarantine_report_command
	COMPREPLY=()
	# "--name=value" is three words to readline, unless = was taken out of COMP_WORDBREAKS.
	if [[ $word == --*=* ]]; then
		_quarantine_report_value "${takes[${word%%=*}=]-@any}" "${word#*=}" "${word%%=*}="
	elif [[ $word == "=" ]]; then
		_quarantine_report_value "${takes[$last=]-@any}" "" ""
	elif [[ $last == "=" ]]; then
		_quarantine_report_value "${takes[${COMP_WORDS[COMP_CWORD - 2]}=]-@any}" "$word" ""
	elif [[ -n ${takes[$last]-} ]]; then
		_quarantine_report_value "${takes[$last]}" "$word" ""
	elif [[ $word != -* ]] && _quarantine_report_reads_files; then
		_quarantine_report_value @file "$word" ""
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "${commands[*]}" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -W "${commands[*]} ${options[*]}" -- "$word")
		[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	fi
	return 0
}

complete -F _quarantine_report quarantine-report retrieve_quarantine_info
