{{- define "sso.name" -}}
{{- if contains "cognito-sso" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-cognito-sso" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "sso.selector" -}}
app.kubernetes.io/name: cognito-sso
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sso.labels" -}}
{{ include "sso.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}
