# Completes the command line of quarantine-report in bash. Behind the function
# _quarantine_report_table, which sets:
#   options  all of them, with = where an argument must or may follow
#   takes    what follows "--name=", "--name" or "-x": words, or one of the kinds below
#   columns, groups  what the lists of --columns and --group-by may hold

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
	[[ $kind == @* ]] && compopt -o filenames 2>/dev/null
	COMPREPLY=("${words[@]/#/$before}")
}

_quarantine_report()
{
	local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
	local -a options columns groups
	local -A takes

	_quarantine_report_table
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
	elif [[ $word != -* && " ${COMP_WORDS[*]} " == *" --merge "* ]]; then
		_quarantine_report_value @file "$word" ""
	else
		mapfile -t COMPREPLY < <(compgen -W "${options[*]}" -- "$word")
		[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	fi
	return 0
}

complete -F _quarantine_report quarantine-report retrieve_quarantine_info
